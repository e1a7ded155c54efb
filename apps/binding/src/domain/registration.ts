import type {
  DeveloperV1,
  EnrolTerminalV1,
  IssueMerchantTokenV1,
  MerchantTokenV1,
  MerchantV1,
  RegisterDeveloperV1,
  RegisterMerchantV1,
  TerminalV1,
} from '@tillbridge/contracts';
import { notYours, refuse, type Creation, type Decision } from './decision.js';

/** A developer under the clientId of a new registration. */
export type KnownDeveloper = { readonly name: string; /** Is the new registration's secret one of its own? */ readonly hasSecret: boolean };

/** A clientId is drawn by the edge, so a different registration under a known one is a mistake, never a change of mind. */
export function registerDeveloper(known: KnownDeveloper | undefined, request: RegisterDeveloperV1): Creation<DeveloperV1> {
  const { clientId, name } = request;
  if (known === undefined) return { kind: 'create', state: { clientId, version: 1, name } };
  return known.name === name && known.hasSecret ? { kind: 'keep' } : refuse('invalid-field', 'clientId: expected one that is not taken');
}

/** Registering a merchant again renames it or changes its currency; running transactions keep what they started with. */
export function registerMerchant(
  situation: { developerKnown: boolean; known: MerchantV1 | undefined },
  request: RegisterMerchantV1,
): Decision<MerchantV1> {
  const { clientId, merchantId, name, currencyCode } = request;
  const { developerKnown, known } = situation;
  if (!developerKnown) return refuse('not-yours', `clientId ${clientId}`);
  if (known === undefined) return { kind: 'create', state: { clientId, merchantId, version: 1, name, currencyCode } };
  if (known.name === name && known.currencyCode === currencyCode) return { kind: 'keep' };
  return { kind: 'change', state: { ...known, version: known.version + 1, name, currencyCode } };
}

/** The token with the uid or the hash of a new one. */
export type KnownToken = Omit<MerchantTokenV1, 'version'> & { readonly tokenHash: string };

export function issueToken(
  situation: { merchantKnown: boolean; known: KnownToken | undefined },
  request: IssueMerchantTokenV1,
): Creation<MerchantTokenV1> {
  const { tokenUid, clientId, merchantId, channel } = request;
  const { merchantKnown, known } = situation;
  if (!merchantKnown) return notYours(merchantId);
  if (known === undefined) return { kind: 'create', state: { tokenUid, version: 1, clientId, merchantId, channel } };
  return isSameToken(known, request) ? { kind: 'keep' } : refuse('invalid-field', 'tokenUid: expected a new one for a new token');
}

const isSameToken = (known: KnownToken, request: IssueMerchantTokenV1): boolean =>
  known.tokenUid === request.tokenUid &&
  known.tokenHash === request.tokenHash &&
  known.clientId === request.clientId &&
  known.merchantId === request.merchantId &&
  known.channel === request.channel;

/** A terminal as it is stored; without a key it cannot connect. */
export type KnownTerminal = TerminalV1 & { readonly keyHash?: string };

/**
 * Admits a terminal, or gives one that is known a new key and TID. Its uid stays what it was: facts and bindings name the terminal by it.
 * `known` is the merchant's terminal of this serial number; `keyTaken` says that another merchant's terminal of the same serial number has
 * this very key, which could then not tell the two apart.
 */
export function enrolTerminal(
  situation: { merchantKnown: boolean; known: KnownTerminal | undefined; keyTaken: boolean },
  request: EnrolTerminalV1,
): Decision<KnownTerminal> {
  const { merchantKnown, known, keyTaken } = situation;
  const { terminalUid, clientId, merchantId, terminalSn, terminalId, keyHash } = request;
  if (!merchantKnown) return notYours(merchantId);
  if (keyTaken) return refuse('invalid-field', 'keyHash: expected a key that no other terminal has');
  if (known === undefined)
    return { kind: 'create', state: { terminalUid, version: 1, clientId, merchantId, terminalSn, terminalId, keyHash } };
  if (known.keyHash === keyHash && known.terminalId === terminalId) return { kind: 'keep' };
  return { kind: 'change', state: { ...known, version: known.version + 1, terminalId, keyHash } };
}
