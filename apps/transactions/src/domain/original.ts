import type { InitiateTransactionV1, OriginalV1 } from '@tillbridge/contracts';
import type { Transaction } from './transaction.js';
import { rulesOf } from './types.js';

/** The identifiers of an original, in the order in which they are looked up. */
export const identifiers = ['transIndexCode', 'transId', 'rrn', 'invoiceNum', 'traceNum'] as const satisfies readonly (keyof OriginalV1)[];
export type Identifier = (typeof identifiers)[number];

/** So many transactions may answer to one identifier before it counts as none: trace numbers begin again. */
export const MAX_CANDIDATES = 16;

export type Chosen = { readonly kind: 'chosen'; readonly transaction: Transaction } | { readonly kind: 'none'; readonly detail: string };

/**
 * The original among the merchant's transactions that fit every identifier of the request. If several do, only one that this type may follow up at
 * all can be meant: a sale and its reversal often share their numbers.
 * @param candidates at most `MAX_CANDIDATES` + 1: as many mean that there are more
 */
export function chooseOriginal({ instruction }: Pick<InitiateTransactionV1, 'instruction'>, candidates: readonly Transaction[]): Chosen {
  const [first, ...others] = candidates;
  const named = identifiers.filter((each) => instruction.original?.[each] !== undefined).join(', ');
  if (first === undefined) return { kind: 'none', detail: `no transaction of this merchant has this ${named}` };
  if (others.length === 0) return { kind: 'chosen', transaction: first };
  const follows = rulesOf(instruction.transType)?.follows ?? [];
  const fitting = candidates.filter((each) => {
    const becomes = rulesOf(each.instruction.transType)?.becomes;
    return becomes !== undefined && follows.includes(becomes);
  });
  const [only, ...more] = candidates.length > MAX_CANDIDATES ? [] : fitting;
  if (only !== undefined && more.length === 0) return { kind: 'chosen', transaction: only };
  return { kind: 'none', detail: `several transactions have this ${named}; name it by oriTransIndexCode` };
}

/** Everything that we know of an original, for the terminal: payment channels differ in what they need. */
export function identifiersOf({ transIndexCode, life }: Transaction): OriginalV1 {
  const result = 'result' in life ? life.result : undefined;
  const known = identifiers.flatMap((each) => (each !== 'transIndexCode' && result?.[each] !== undefined ? [[each, result[each]]] : []));
  return { transIndexCode, ...(Object.fromEntries(known) as OriginalV1) };
}
