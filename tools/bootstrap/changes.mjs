// Which projects have changed since they were last built here.
//
// Nx knows it too, but without its background process it deletes and copies the outputs of every project it is asked to build, changed or
// not. That would take the files away from under a running start, so Nx is only asked for what has changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SHARED_INPUTS = ['.swcrc', 'nx.json', 'package-lock.json', join('tools', 'build.mjs')];

/** Projects to build: those whose sources differ from the record of the last build, and those without output. */
export function changedProjects(root) {
  const built = readRecord(root);
  return projects(root).filter(({ name, output, digest }) => built[name] !== digest || !existsSync(output));
}

/** Remembers that these projects are built from what their sources were when they were looked at. */
export function recordBuilt(root, changed) {
  const record = { ...readRecord(root), ...Object.fromEntries(changed.map(({ name, digest }) => [name, digest])) };
  mkdirSync(dirname(recordFile(root)), { recursive: true });
  writeFileSync(recordFile(root), JSON.stringify(record, undefined, 2));
}

const recordFile = (root) => join(root, '.nx', 'built.json');

/** A record that is missing, or cut short by a crash, only means that everything is built again. */
function readRecord(root) {
  try {
    return JSON.parse(readFileSync(recordFile(root), 'utf8'));
  } catch {
    return {};
  }
}

function projects(root) {
  const shared = createHash('sha256');
  for (const file of SHARED_INPUTS) shared.update(readFileSync(join(root, file))).update('\0');
  const sharedDigest = shared.digest('hex');
  return ['libs', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((folder) => join(root, group, folder))
      .filter((folder) => existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'src')))
      .map((folder) => project(folder, sharedDigest)),
  );
}

function project(folder, sharedDigest) {
  const manifest = readFileSync(join(folder, 'package.json'), 'utf8');
  const digest = createHash('sha256').update(sharedDigest).update(manifest);
  const entries = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const file of files.sort()) digest.update(`\0${file}\0`).update(readFileSync(file));
  return { name: JSON.parse(manifest).name, output: join(folder, 'dist'), digest: digest.digest('hex') };
}
