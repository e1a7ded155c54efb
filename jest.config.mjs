// Three Jest projects: `fast` (unit, property, contract: no servers), `integration` (one PostgreSQL for the whole run, see libs/testkit) and
// `e2e` (all processes). Which files belong to which is told by their names, see docs/TESTING.md.
const typescript = {
  testEnvironment: 'node',
  // Jest itself adds `import` or `require`, as the importing file is an ES module or not; naming either here would mix the two up.
  testEnvironmentOptions: { customExportConditions: ['@tillbridge/source', 'node'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { configFile: '.swcrc' }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': ['$1', '$1.js'] },
  modulePathIgnorePatterns: ['/dist/'],
};

/** For tests that name none: a busy machine is slow, and no promise is about this. */
const TEST_TIMEOUT_MS = 30_000;

export default {
  testTimeout: TEST_TIMEOUT_MS,
  projects: [
    {
      ...typescript,
      displayName: 'fast',
      testMatch: ['<rootDir>/{libs,apps,tools}/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.(int|e2e)\\.spec\\.ts$'],
    },
    {
      ...typescript,
      displayName: 'integration',
      testMatch: ['<rootDir>/{libs,apps}/**/*.int.spec.ts'],
      globalSetup: '<rootDir>/libs/testkit/src/jest/global-setup.ts',
      globalTeardown: '<rootDir>/libs/testkit/src/jest/global-teardown.ts',
    },
    {
      ...typescript,
      displayName: 'e2e',
      testMatch: ['<rootDir>/apps/system-tests/**/*.e2e.spec.ts'],
    },
  ],
};
