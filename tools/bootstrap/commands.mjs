// What can be asked for once the checkout is ready.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { changedProjects, recordBuilt } from './changes.mjs';
import { Failure } from './failure.mjs';
import { withProgress } from './progress.mjs';
import { environmentFor, runForeground, runQuietly } from './run.mjs';

/** Nx without its background process: it would outlive us, and two users of one checkout would fight over it. */
const NX_SETTINGS = { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true', FORCE_COLOR: '0' };

const tool = (root, ...path) => join(root, 'node_modules', ...path);
const settingsFor = ({ root, node }, extra) => ({ cwd: root, env: environmentFor(node, extra) });

/** Builds what has changed; what has not is left untouched, so that a running start keeps its files. */
export async function build(place) {
  const changed = changedProjects(place.root);
  if (changed.length === 0) return;
  const names = changed.map(({ name }) => name).join(',');
  const args = [tool(place.root, 'nx', 'dist', 'bin', 'nx.js'), 'run-many', '-t', 'build', `--projects=${names}`];
  const { code, output } = await withProgress('building', () => runQuietly(place.node, args, settingsFor(place, NX_SETTINGS)));
  if (code !== 0) throw new Failure(`${output.trim()}\n\nThe build failed; its last words are above.`);
  recordBuilt(place.root, changed);
}

/** Runs the sandbox until it ends. */
export function start(place, args) {
  const program = ['--enable-source-maps', join(place.root, 'apps', 'sandbox', 'dist', 'main.js'), ...args];
  return runForeground(place.node, program, settingsFor(place));
}

/** Runs the command line, in the folder where its user is. */
export function tillbridge(place, args) {
  return runThere(place, join('apps', 'cli', 'dist', 'main.js'), args);
}

/** Runs virtual terminals until they are stopped, in the folder where their user is. */
export function tillbridgeSim(place, args) {
  return runThere(place, join('apps', 'terminal-simulator', 'dist', 'sim.js'), args);
}

function runThere(place, program, args) {
  return runForeground(place.node, ['--enable-source-maps', join(place.root, program), ...args], {
    ...settingsFor(place),
    cwd: process.cwd(),
  });
}

/** Writes what is derived from the contracts: schemas, AsyncAPI, docs/EVENTS.md. */
export function generate(place, args) {
  return runForeground(place.node, [join(place.root, 'tools', 'generate.mjs'), ...args], settingsFor(place));
}

/** Runs one of the benchmarks by its name. */
export function bench(place, [name = '', ...args]) {
  const program = join(place.root, 'apps', 'system-tests', 'dist', 'bench', `${name}.js`);
  if (!existsSync(program)) throw new Failure(`There is no benchmark called "${name}".`);
  return runForeground(place.node, ['--enable-source-maps', program, ...args], settingsFor(place));
}

/** Runs many payments under faults and holds the books against the cards. */
export function fault(place, args) {
  const program = ['--enable-source-maps', join(place.root, 'apps', 'system-tests', 'dist', 'fault.js'), ...args];
  return runForeground(place.node, program, settingsFor(place));
}

/** Runs the tests; the last line on stdout tells how many passed and failed. `args` go to Jest. */
export async function test(place, args) {
  const folder = mkdtempSync(join(tmpdir(), 'tillbridge-results-'));
  const results = join(folder, 'results.json');
  const jest = [tool(place.root, 'jest', 'bin', 'jest.js'), '--json', `--outputFile=${results}`, ...args];
  const settings = settingsFor(place, { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' });
  try {
    const code = await runForeground(place.node, jest, settings);
    process.stdout.write(`${summaryOf(results)}\n`);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A test file that could not even be loaded counts as one failed test: its tests are not known. */
function summaryOf(file) {
  if (!existsSync(file)) return '0 passed, 1 failed';
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, 'utf8'));
  const summary = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`;
  return numPendingTests === 0 ? summary : `${summary}, ${numPendingTests} skipped`;
}

/** Everything that must hold before a change is good. Each step runs even when an earlier one failed, so that one run finds all. */
export async function check(place, args) {
  const generator = join(place.root, 'tools', 'generate.mjs');
  const steps = [
    ['format', [tool(place.root, 'prettier', 'bin', 'prettier.cjs'), '--check', '.']],
    // Through Nx, which writes down the project graph first: without it the boundary rule would only warn.
    ['lint', [tool(place.root, 'nx', 'dist', 'bin', 'nx.js'), 'run', 'workspace:lint']],
    ['types', [tool(place.root, 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']],
    ['types of tools', [tool(place.root, 'typescript', 'bin', 'tsc'), '-p', join('tools', 'tsconfig.json')]],
    ...(existsSync(generator) ? [['generated files', [generator, '--check']]] : []),
  ];
  const lines = [];
  let failed = false;
  const finish = (name, began, code) => {
    failed ||= code !== 0;
    lines.push(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    process.stdout.write(`${lines.at(-1)}\n`);
  };
  for (const [name, program] of steps) {
    const began = performance.now();
    const { code, output } = await withProgress(name, () => runQuietly(place.node, program, settingsFor(place, NX_SETTINGS)));
    if (code !== 0) process.stdout.write(`${output.trim()}\n`);
    finish(name, began, code);
  }
  const began = performance.now();
  finish('tests', began, await test(place, args));
  process.stdout.write(`\n${lines.join('\n')}\n`);
  return failed ? 1 : 0;
}
