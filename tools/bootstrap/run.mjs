// Starts programs, the tool's own way: either as if the user had started them, or silently with their output kept for a failure.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, delimiter } from 'node:path';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const KEPT_CHARACTERS = 200_000;

/** What npm tells the script it runs about that script. A program started from it, npm itself above all, must not take it for its own. */
const NPM_SCRIPT_FACTS = /^npm_(package_|lifecycle_|config_local_prefix$|command$)/;

/** Our environment for a program that runs on `node`: scripts that ask the PATH for node get the same one. */
export function environmentFor(node, extra = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !NPM_SCRIPT_FACTS.test(name) && name.toUpperCase() !== 'PATH');
  const path = process.env.PATH ?? process.env.Path ?? '';
  return { ...Object.fromEntries(kept), PATH: `${dirname(node)}${delimiter}${path}`, ...extra };
}

/** Runs a program in the foreground: its output is ours, our signals are its own. Returns its exit code. */
export function runForeground(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: 'inherit' });
    const forward = (signal) => child.kill(signal);
    for (const signal of FORWARDED) process.on(signal, forward);
    const done = () => {
      for (const signal of FORWARDED) process.off(signal, forward);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** Runs a program silently. Returns its exit code and what it said. */
export function runQuietly(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    let output = '';
    const keep = (part) => (output = (output + part).slice(-KEPT_CHARACTERS));
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
