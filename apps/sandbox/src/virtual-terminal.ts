import { becomesTrue } from '@tillbridge/launcher';

import type { Credentials } from './data-dir.js';
import { SandboxFailure } from './failure.js';
import { requestJson } from './http.js';

/** How long the virtual customer takes with his card: short, so that the timeline shows the system and not him. */
const THINK_TIME_MS = 500;
const CONNECTED_WITHIN_MS = 30_000;

type Terminal = Credentials['terminal'];

/** Gives the simulator its terminal and waits until that is connected. Safe to repeat. */
export async function switchOn(simulatorUrl: string, { terminalSn, key }: Terminal): Promise<void> {
  const body = JSON.stringify({ terminalSn, key, thinkTimeMs: THINK_TIME_MS });
  await requestJson({ method: 'POST', url: `${simulatorUrl}/terminals`, body });
  const isConnected = async (): Promise<boolean> => {
    const terminals = (await requestJson({ method: 'GET', url: `${simulatorUrl}/terminals` })) as {
      terminalSn: string;
      connected: boolean;
    }[];
    return terminals.some((terminal) => terminal.terminalSn === terminalSn && terminal.connected);
  };
  if (!(await becomesTrue(isConnected, CONNECTED_WITHIN_MS))) throw new SandboxFailure('The virtual terminal did not connect.');
}

/** Gives a restarted simulator its terminal again; it forgets them with its process. Returns whether that worked within the time. */
export function switchOnAgain(simulatorUrl: string, terminal: Terminal): Promise<boolean> {
  const attempt = (): Promise<boolean> =>
    switchOn(simulatorUrl, terminal).then(
      () => true,
      () => false,
    );
  return becomesTrue(attempt, CONNECTED_WITHIN_MS);
}
