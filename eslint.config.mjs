import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Which layer may import which: the arrows of docs/ARCHITECTURE.md. tools/boundaries.spec.ts plants a violation of each. */
export const layers = {
  kernel: [],
  protocol: ['kernel'],
  contracts: ['kernel'],
  platform: ['kernel', 'contracts'],
  messaging: ['kernel', 'contracts', 'platform'],
  launcher: ['kernel'],
  service: ['kernel', 'protocol', 'contracts', 'platform', 'messaging'],
  simulator: ['kernel', 'protocol'],
  cli: ['kernel'],
  sandbox: ['kernel', 'protocol', 'launcher'],
  testkit: ['kernel', 'protocol', 'contracts', 'platform', 'messaging', 'launcher'],
  'system-tests': ['kernel', 'protocol', 'contracts', 'launcher', 'testkit'],
};

const isSpec = ['**/*.spec.ts', '**/test/**/*.ts', 'apps/system-tests/**/*.ts', 'libs/testkit/**/*.ts'];
const boundaries = (extraLayers) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    allowCircularSelfDependency: false,
    depConstraints: Object.entries(layers).map(([layer, allowed]) => ({
      sourceTag: `layer:${layer}`,
      onlyDependOnLibsWithTags: [...allowed, ...extraLayers].map((name) => `layer:${name}`),
    })),
  },
];

export default [
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.tillbridge/**'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaries([]),
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // Payload classes describe plain JSON; instances of them are object literals.
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: "MemberExpression[object.name='process'][property.name='env']", message: 'Only config.ts reads the environment.' },
        { selector: "CallExpression[callee.name='forwardRef']", message: 'A cycle is a design fault: let one side listen to a fact.' },
        { selector: "Property[key.name='synchronize'][value.value=true]", message: 'Schemas change by migrations only.' },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      complexity: ['error', 12],
    },
  },
  {
    files: isSpec,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(['testkit', 'launcher']),
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  {
    files: ['**/domain/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(@nestjs|typeorm|pg|node:|@nats-io|@tillbridge/(platform|messaging|protocol))',
              message: 'domain/ decides; it has no framework and no I/O.',
            },
          ],
        },
      ],
      'no-restricted-globals': ['error', 'Date', 'setTimeout', 'setInterval', 'fetch', 'process'],
    },
  },
  { files: ['**/config.ts', 'libs/platform/src/config/**/*.ts'], rules: { 'no-restricted-syntax': 'off' } },
  prettier,
];
