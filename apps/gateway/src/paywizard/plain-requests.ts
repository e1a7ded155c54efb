import {
  done,
  refused,
  type Answer,
  type BindingsV1,
  type BindTillV1,
  type CallerV1,
  type FindTransactionV1,
  type ListBindingsV1,
  type UnbindTillV1,
} from '@tillbridge/contracts';
import type { TerminalBinding } from '@tillbridge/protocol';
import { checkMerchant } from '../identity/merchant.js';
import { checkCardData } from './card-data.js';
import type { JsonObject } from './json-object.js';
import {
  generateAccessTokenForm,
  getCashierAgentResultForm,
  queryTerminalListForm,
  registerTerminalForm,
  unbindTerminalForm,
} from './requests.js';
import { readFields } from './wire-fields.js';

/** Reads `registerTerminal` (WIRE.md 6.2). */
export function readRegistration(fields: JsonObject, caller: CallerV1): Answer<BindTillV1> {
  const read = forMerchant(readFields(fields, registerTerminalForm), fields, caller);
  if (read.outcome !== 'done') return read;
  const { posId, terminalId, terminalSn } = read.value;
  return done({ clientId: caller.clientId, merchantId: caller.merchantId, posId, terminalId, terminalSn });
}

/** Reads `queryTerminalList` (WIRE.md 6.3). */
export function readListRequest(fields: JsonObject, caller: CallerV1): Answer<ListBindingsV1> {
  const read = forMerchant(readFields(fields, queryTerminalListForm), fields, caller);
  return read.outcome === 'done' ? done({ clientId: caller.clientId, merchantId: caller.merchantId }) : read;
}

/** The `data` of `queryTerminalList`. */
export const terminalListOf = ({ bindings }: BindingsV1): TerminalBinding[] =>
  bindings.map(({ terminalId, terminalSn, posId }) => ({ terminalId, terminalSn, bindPosId: posId }));

/** Reads `generateAccessToken` (WIRE.md 6.1). */
export function readAccess(fields: JsonObject): Answer<{ clientId: string; merchantId: string; channelName: string }> {
  const read = readFields(fields, generateAccessTokenForm);
  if (read.outcome !== 'done') return read;
  const clean = checkCardData(fields);
  if (clean.outcome !== 'done') return clean;
  const { clientId, merchantId, channelName = '' } = read.value;
  return done({ clientId, merchantId, channelName });
}

/** Reads `unbindTerminal` (WIRE.md 6.4). A posId names the till, and what stands beside it is mostly a placeholder. */
export function readUnbinding(fields: JsonObject, caller: CallerV1): Answer<UnbindTillV1> {
  const read = readFields(fields, unbindTerminalForm);
  if (read.outcome !== 'done') return read;
  const { posId, terminalId } = read.value;
  if (posId === undefined && terminalId === undefined) return refused('invalid-field', 'posId: expected it, or else terminalId');
  const allowed = forMerchant(read, fields, caller);
  if (allowed.outcome !== 'done') return allowed;
  const { clientId, merchantId } = caller;
  return done({ clientId, merchantId, ...(posId === undefined ? { terminalId: terminalId ?? '' } : { posId }) });
}

/** What to look for, and for how long to wait until it is over. */
export type ResultQuery = { readonly query: FindTransactionV1; readonly waitMs: number };

/** Reads `getCashierAgentResult` (WIRE.md 6.6). */
export function readResultQuery(fields: JsonObject, caller: CallerV1): Answer<ResultQuery> {
  const read = forMerchant(readFields(fields, getCashierAgentResultForm), fields, caller);
  if (read.outcome !== 'done') return read;
  const { tradeNo, transType, wait = 0 } = read.value;
  const query = { clientId: caller.clientId, merchantId: caller.merchantId, tradeNo };
  return done({ query: transType === undefined ? query : { ...query, transType }, waitMs: wait * 1_000 });
}

/** What was read, for a merchant that is open to the caller and without card data, unknown members included. */
function forMerchant<P extends { merchantId?: string }>(read: Answer<P>, fields: JsonObject, caller: CallerV1): Answer<P> {
  if (read.outcome !== 'done') return read;
  const clean = checkCardData(fields);
  if (clean.outcome !== 'done') return clean;
  const allowed = checkMerchant(caller, read.value.merchantId);
  return allowed.outcome === 'done' ? read : allowed;
}
