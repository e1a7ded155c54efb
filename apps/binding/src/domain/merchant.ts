import {
  deadlineSeconds,
  type ChangeMerchantV1,
  type MerchantV1,
  type RegisterMerchantV1,
  type TerminalPolicy,
} from '@tillbridge/contracts';
import { change, refuse, unknownRecord, type Change, type Decision } from './decision.js';

/** A merchant as it is stored. */
export type Merchant = Required<MerchantV1>;

/** What others must know of a merchant: it is open when neither it nor its developer is suspended. */
export type ServedMerchant = { readonly isOpen: boolean; readonly terminalPolicy: TerminalPolicy };

/** What a merchant that says nothing about it has. */
const usual = { terminalPolicy: 'enrolled-only', lateResults: 'attach', deadlineSeconds: deadlineSeconds.usual } as const;

/** Registering a merchant again changes what it names; running transactions keep the currency and the deadline that they started with. */
export function registerMerchant(
  situation: { readonly developerKnown: boolean; readonly known: Merchant | undefined },
  request: RegisterMerchantV1,
): Decision<Merchant> {
  const { clientId, merchantId, name, currencyCode } = request;
  const { developerKnown, known } = situation;
  if (!developerKnown) return refuse('not-yours', `clientId ${clientId}`);
  if (known !== undefined) return change(known, { name, currencyCode, ...policiesIn(request) });
  const policies = {
    terminalPolicy: request.terminalPolicy ?? usual.terminalPolicy,
    lateResults: request.lateResults ?? usual.lateResults,
    deadlineSeconds: request.deadlineSeconds ?? usual.deadlineSeconds,
  };
  return { kind: 'create', state: { clientId, merchantId, version: 1, name, currencyCode, standing: 'active', ...policies } };
}

export function changeMerchant(known: Merchant | undefined, request: ChangeMerchantV1): Change<Merchant> {
  const { merchantId, name, currencyCode, standing } = request;
  if (known === undefined) return unknownRecord('merchantId', merchantId);
  return change(known, { name, currencyCode, standing, ...policiesIn(request) });
}

const policiesIn = ({ terminalPolicy, lateResults, deadlineSeconds: seconds }: ChangeMerchantV1 | RegisterMerchantV1) => ({
  terminalPolicy,
  lateResults,
  deadlineSeconds: seconds,
});

/** Whether calls for the merchant are taken otherwise than before: only then those who remember its callers have to forget them. */
export const servesOtherwise = (before: Merchant, after: Merchant): boolean =>
  before.standing !== after.standing || before.currencyCode !== after.currencyCode;
