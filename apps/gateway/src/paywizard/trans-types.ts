import { done, refused, type Answer } from '@tillbridge/contracts';
import { looksLikeFullPan } from '@tillbridge/kernel';

/** As long as the field may be (WIRE.md 6.5): what is longer is a mistake and would only fill logs. */
const MAX_REPEATED_LENGTH = 40;

/** What this path starts now. */
const TAKEN: ReadonlySet<string> = new Set(['Purchase']);

/** The vendor's own types besides (WIRE.md 5.1), so that a till's programmer learns whether he misspelt or came too early. */
const KNOWN_TO_THE_VENDOR: ReadonlySet<string> = new Set([
  'PreAuth',
  'IncrementalAuth',
  'AuthVoid',
  'AuthCompletion',
  'BalanceInquiry',
  'Reversal',
  'Refund',
  'Settle',
  'TipAdjust',
  'ReadCard',
  'QueryTransaction',
  'PrintLast',
  'PrintTotal',
  'PrintDetail',
  'PrintParameter',
  'GetPosInfo',
  'VerifyCardPan',
  'VoidSale',
  'AuthCancel',
  'ExchangeKey',
  'ActivateDevice',
  'CheckCardExists',
]);

/** `WorldPay only` is a heading that slipped into the vendor's list of types, and so is unknown like any misspelt one. */
export function checkTransType(transType: string): Answer<{ transType: string }> {
  if (TAKEN.has(transType)) return done({ transType });
  if (KNOWN_TO_THE_VENDOR.has(transType)) {
    return refused('unknown-trans-type', `${transType} is a type of the API but is not taken yet; taken: ${[...TAKEN].join(', ')}`);
  }
  return refused(
    'unknown-trans-type',
    `${nameOf(transType)} is no type of the API; types are written as in the documentation, for example Purchase`,
  );
}

/** How an answer speaks of it. Answers are logged by tills, so what may be a card number is not repeated. */
const nameOf = (transType: string): string =>
  transType.length > MAX_REPEATED_LENGTH || looksLikeFullPan(transType) ? 'transType' : `"${transType}"`;
