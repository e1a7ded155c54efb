/** One transaction that a till asks for, and the one before it that it follows up. Amounts in minor units. */
export type Order = {
  readonly tradeNo: string;
  readonly transType: 'Purchase' | 'Refund' | 'Reversal' | 'PreAuth' | 'IncrementalAuth' | 'AuthCompletion' | 'AuthVoid';
  /** Absent where the whole original is meant. */
  readonly amountMinor?: number;
  /** The trade number of the original. When that was not approved there is nothing to follow up, and the order is left out. */
  readonly original?: string;
  /** The cashier presses the red key a moment later. */
  readonly isCancelled?: true;
};

/** What customers come for, and how many of a hundred. The rest just buy something. */
const visits = [
  { ofHundred: 8, orders: ['Purchase', 'Refund', 'Refund'] },
  { ofHundred: 6, orders: ['Purchase', 'Reversal'] },
  { ofHundred: 6, orders: ['PreAuth', 'IncrementalAuth', 'AuthCompletion'] },
  { ofHundred: 4, orders: ['PreAuth', 'AuthVoid'] },
  { ofHundred: 8, orders: ['Purchase'], isCancelled: true },
] as const;

const WHOLE: ReadonlySet<Order['transType']> = new Set(['Reversal', 'AuthVoid']);
/** Below the amounts for which the virtual cards have answers of their own. */
const [LEAST_MINOR, MOST_MINOR] = [100, 5_000];

/** The orders of one till for so many transactions, in the order in which it asks for them: the same for the same seed. */
export function ordersOf(till: string, transactions: number, random: () => number): Order[] {
  const orders: Order[] = [];
  while (orders.length < transactions) orders.push(...visitAt(`${till}-${String(orders.length + 1)}`, random));
  return orders.slice(0, transactions);
}

function visitAt(tradeNo: string, random: () => number): Order[] {
  const chosen = chooseVisit(random() * 100);
  const amountMinor = LEAST_MINOR + Math.floor(random() * (MOST_MINOR - LEAST_MINOR));
  return chosen.orders.map((transType, index) => ({
    tradeNo: index === 0 ? tradeNo : `${tradeNo}.${String(index)}`,
    transType,
    ...(WHOLE.has(transType) ? {} : { amountMinor: amountOf(transType, amountMinor, index) }),
    ...(index === 0 ? {} : { original: tradeNo }),
    ...('isCancelled' in chosen ? { isCancelled: true as const } : {}),
  }));
}

function chooseVisit(draw: number): (typeof visits)[number] | { orders: readonly ['Purchase'] } {
  let below = 0;
  for (const visit of visits) {
    below += visit.ofHundred;
    if (draw < below) return visit;
  }
  return { orders: ['Purchase'] };
}

/** The first refund gives a part back, the second one the rest; a hold is raised by a part and then captured as it was. */
function amountOf(transType: Order['transType'], amountMinor: number, index: number): number {
  const part = Math.floor(amountMinor / 3) + 1;
  if (transType === 'Refund') return index === 1 ? part : amountMinor - part;
  return transType === 'IncrementalAuth' ? part : amountMinor;
}
