// The one entrance of every npm script. Needs nothing but Node.js 20 and npm, and brings everything else itself.
//   node tools/bootstrap.mjs start [options of the sandbox]
//   node tools/bootstrap.mjs test [arguments of Jest]
//   node tools/bootstrap.mjs check
//   node tools/bootstrap.mjs generate
//   node tools/bootstrap.mjs bench accept
//   node tools/bootstrap.mjs fault [--seed S] [--transactions N]
//   node tools/bootstrap.mjs tillbridge [arguments of the command line]
//   node tools/bootstrap.mjs tillbridge-sim [arguments of the virtual terminals]
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { bench, build, check, fault, generate, start, test, tillbridge, tillbridgeSim } from './bootstrap/commands.mjs';
import { Failure } from './bootstrap/failure.mjs';
import { ensureDependencies, ensureNode } from './bootstrap/install.mjs';
import { withLock } from './bootstrap/lock.mjs';

const COMMANDS = { start, test, check, generate, bench, fault, tillbridge, 'tillbridge-sim': tillbridgeSim };
const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function run([name, ...args]) {
  const command = COMMANDS[name];
  if (command === undefined) throw new Failure(`usage: node tools/bootstrap.mjs ${Object.keys(COMMANDS).join('|')} [arguments]`);
  const node = await withLock(join(root, '.nx', 'bootstrap.lock'), async () => {
    const program = await ensureNode(root);
    await ensureDependencies(root, program);
    await build({ root, node: program });
    return program;
  });
  return command({ root, node }, args);
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const denied =
    error.code === 'EACCES' ? `${error.path} cannot be used: it belongs to another user, who has used this checkout before.` : undefined;
  process.stderr.write(`${denied ?? (error instanceof Failure ? error.message : error.stack)}\n`);
  process.exitCode = 1;
}
