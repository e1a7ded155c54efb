import { credentialsChanged, terminalRegistered } from '@tillbridge/contracts';
import type { Tx } from '@tillbridge/messaging';
import { connectsOtherwise, toldOfTerminal, type Terminal } from '../domain/terminal.js';
import type { AuditedChange } from '../store/audit-log.js';

/** Tells a terminal that is new or changed, and whoever holds its channel when it may be another one's now. */
export function tellTerminal(tx: Tx, before: Terminal | undefined, state: Terminal): void {
  const { terminalUid, clientId, merchantId, version } = state;
  tx.say(terminalRegistered, { id: terminalUid, version }, toldOfTerminal(state));
  if (before === undefined || !connectsOtherwise(before, state)) return;
  tx.say(credentialsChanged, { id: terminalUid, version }, { clientId, merchantId, terminalUid, version });
}

/** A terminal's entry in the audit log: whether it has a key, and not which. */
export const auditedTerminal = (before: Terminal | undefined, state: Terminal): Omit<AuditedChange, 'by'> => ({
  kind: 'terminal',
  recordId: state.terminalUid,
  clientId: state.clientId,
  merchantId: state.merchantId,
  before: before === undefined ? undefined : shown(before),
  after: shown(state),
});

const shown = (terminal: Terminal): object => ({ ...toldOfTerminal(terminal), hasKey: terminal.keyHash !== null });
