// Plants imports that the boundary rules must refuse, and some that they must accept, and prints what ESLint says of each as JSON:
//   { layers: string[], plants: [{ name, file, code, expected: 'refused' | 'accepted', rules: string[], messages: string[] }] }
// Nothing is written: each plant is linted as if its text stood in a file of the project. boundaries.spec.ts judges the outcome. This is a
// program of its own because ESLint and Nx load native code, which Jest's module system does not take.
process.env.NX_DAEMON = 'false';

import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';

import configuration, { layers } from '../eslint.config.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** Without a project graph the boundary rule says nothing but a warning, and everything would seem to be allowed. */
const graph = await createProjectGraphAsync({ exitOnError: false });
const projects = Object.values(graph.nodes).filter(({ data }) => (data.tags ?? []).some((tag) => tag.startsWith('layer:')));
if (projects.length < Object.keys(layers).length) throw new Error(`the project graph holds only ${projects.length} projects with a layer`);

const layerOf = ({ data }) => data.tags.find((tag) => tag.startsWith('layer:')).slice('layer:'.length);
const isApp = ({ data }) => data.root.startsWith('apps/');
const inLayer = (layer) => projects.find((project) => layerOf(project) === layer);
const uses = (packageName) => `import * as planted from '${packageName}';\nexport default planted;\n`;
const sourceOf = (project, ...path) => join(project.data.root, 'src', ...path, 'planted.ts');

function plantsBetweenLayers() {
  const libraries = projects.filter((project) => !isApp(project));
  return Object.entries(layers).flatMap(([layer, allowed]) => {
    const from = inLayer(layer);
    return libraries
      .filter((to) => to !== from)
      .map((to) => ({
        name: `${layer} imports ${layerOf(to)}`,
        file: sourceOf(from),
        code: uses(to.name),
        // What is listed for test code is judged by the rule of test code.
        expected: allowed.includes(layerOf(to)) || mayAsTest(layer, layerOf(to)) ? 'accepted' : 'refused',
      }));
  });
}

/** eslint.config.mjs lets the files of these two projects import what tests import. */
const mayAsTest = (layer, target) => ['system-tests', 'testkit'].includes(layer) && ['testkit', 'launcher'].includes(target);

function plantsBetweenApps() {
  const apps = projects.filter(isApp);
  return apps.flatMap((from) =>
    apps
      .filter((to) => to !== from)
      .flatMap((to) => [
        // A file that is there whether the app was built or not: what cannot be found is not judged, and would not run either.
        {
          name: `app ${from.name} imports app ${to.name} by its package`,
          file: sourceOf(from),
          code: uses(`${to.name}/package.json`),
          expected: 'refused',
        },
        {
          name: `app ${from.name} reaches into app ${to.name}`,
          file: sourceOf(from),
          code: uses(`../../${to.data.root.split('/')[1]}/src/main.js`),
          expected: 'refused',
        },
      ]),
  );
}

function plantsInDomain() {
  const service = inLayer('service');
  const inDomain = (name, code, expected) => ({ name: `domain: ${name}`, file: sourceOf(service, 'domain'), code, expected });
  const forbidden = [
    '@nestjs/common',
    'typeorm',
    'pg',
    'node:fs',
    '@nats-io/jetstream',
    '@tillbridge/platform',
    '@tillbridge/messaging',
    '@tillbridge/protocol',
  ];
  return [
    ...forbidden.map((name) => inDomain(`imports ${name}`, uses(name), 'refused')),
    inDomain('reads the clock', 'export const now = new Date();\n', 'refused'),
    inDomain('waits', 'export const later = setTimeout(() => undefined, 1);\n', 'refused'),
    inDomain('reads the environment', 'export const port = process.env.PORT;\n', 'refused'),
    inDomain('imports @tillbridge/kernel', uses('@tillbridge/kernel'), 'accepted'),
    inDomain('imports @tillbridge/contracts', uses('@tillbridge/contracts'), 'accepted'),
  ];
}

const pairs = projects.flatMap((from) => projects.filter((to) => to !== from).map((to) => [from.name, to.name]));
const BOUNDARIES = '@nx/enforce-module-boundaries';

/**
 * Most forbidden imports would also close a circle, and some are of what is elsewhere loaded lazily; Nx reports that instead. Both are set
 * aside, so that the layers must speak for themselves.
 */
function byLayersAlone(entry) {
  const rule = entry.rules?.[BOUNDARIES];
  if (rule === undefined) return entry;
  const [severity, options] = rule;
  return {
    ...entry,
    rules: {
      ...entry.rules,
      [BOUNDARIES]: [severity, { ...options, ignoredCircularDependencies: pairs, checkDynamicDependenciesExceptions: ['.*'] }],
    },
  };
}

/** Types are not needed to see a forbidden import, and there are none for a file that does not exist. */
const withoutTypes = [
  ...configuration.map(byLayersAlone),
  { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.ts'], languageOptions: { parserOptions: { projectService: false, project: null } } },
];
const JUDGES = new Set([BOUNDARIES, 'no-restricted-imports', 'no-restricted-globals', 'no-restricted-syntax']);

const eslint = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: withoutTypes,
  ruleFilter: ({ ruleId }) => JUDGES.has(ruleId),
});
const plants = [];
for (const plant of [...plantsBetweenLayers(), ...plantsBetweenApps(), ...plantsInDomain()]) {
  if (existsSync(plant.file)) throw new Error(`${plant.file} is taken`);
  const [{ messages }] = await eslint.lintText(plant.code, { filePath: join(root, plant.file) });
  plants.push({ ...plant, rules: messages.map(({ ruleId }) => ruleId), messages: messages.map(({ message }) => message) });
}
process.stdout.write(JSON.stringify({ layers: Object.keys(layers), plants }));
