import { runSim } from './cli/run.js';

const INTERRUPTED = 130;

// A reader that went away (`tillbridge-sim … | head`) is no reason for a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Told a second time, it does not wait for what is under way.
    if (interruption.signal.aborted) process.exit(INTERRUPTED);
    interruption.abort();
  });
}

process.exitCode = await runSim(process.argv.slice(2), {
  folder: process.cwd(),
  say: (text) => process.stdout.write(text),
  note: (text) => process.stderr.write(text),
  interrupted: interruption.signal,
});
