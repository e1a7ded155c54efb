import { systemClock } from '@tillbridge/kernel';
import { readConfig, type SimulatorConfig } from './config.js';
import { createControlApi } from './control-api.js';
import { Fleet } from './fleet.js';
import type { Log } from './terminal-link.js';

async function run(config: SimulatorConfig): Promise<void> {
  // The channel and the API log to the same stream; terminals reconnect all day, so their lines are for debugging.
  const log: Log = (message, details) => app.log.debug(details, message);
  const fleet = new Fleet({ urls: config.terminalsUrls, clock: systemClock, random: Math.random, log });
  const app = createControlApi(fleet, { level: 'info', name: 'terminal-simulator' });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void Promise.all([app.close(), fleet.stop()]);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await app.listen({ host: config.httpHost, port: config.httpPort });
}

const read = readConfig();
if (read.ok) {
  await run(read.config);
} else {
  process.stderr.write(`The terminal simulator cannot start:\n${read.problems.map((problem) => `  ${problem}\n`).join('')}`);
  process.exitCode = 1;
}
