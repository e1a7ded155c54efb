import type { TransactionState } from '@tillbridge/contracts';
import type { World } from '../world.js';
import type { Attempt } from './shift.js';

/** A transaction as its owner has it. */
export type Booked = {
  readonly tradeNo: string;
  readonly transIndexCode: string;
  readonly transType: string;
  readonly state: TransactionState;
  readonly isCorrected: boolean;
};

/** What the card was really charged, by the terminal that did it. */
export type Charged = { readonly transIndexCode: string; readonly approved: boolean; readonly executions: number };

const [APPROVED, CLOSED] = [0, 1];

export async function bookedIn(world: World): Promise<Booked[]> {
  return world.look<Booked>(
    'transactions',
    `select t.trade_no as "tradeNo", t.trans_index_code as "transIndexCode", t.instruction->>'transType' as "transType", t.state,
       exists (select from events e where e.aggregate_id = t.transaction_id::text and e.type = 'pos.transactions.transaction-corrected.v1')
         as "isCorrected"
     from transactions t`,
  );
}

/**
 * Everything that is wrong when the books are held against the cards, as sentences. `attempts`: what the tills remember; `charged`: the ground truth.
 * Only a correction, which is told as such, excuses that a till once heard otherwise.
 */
export function audit(attempts: readonly Attempt[], booked: readonly Booked[], charged: ReadonlyMap<string, Charged>): string[] {
  const byTradeNo = new Map(booked.map((each) => [each.tradeNo, each]));
  return [
    ...attempts.flatMap((attempt) => checkAttempt(attempt, byTradeNo.get(attempt.tradeNo))),
    ...booked.flatMap((each) => checkBooked(each, charged.get(each.transIndexCode))),
    ...checkCharges(booked, charged),
  ];
}

function checkAttempt(attempt: Attempt, booked: Booked | undefined): string[] {
  const { tradeNo, outcome, told } = attempt;
  if (outcome === 'accepted' && booked === undefined) return [`${tradeNo} was accepted and is lost`];
  if (outcome !== 'accepted' && booked !== undefined) return [`${tradeNo} was refused and left a trace`];
  if (booked === undefined || booked.isCorrected) return [];
  if (told === APPROVED && booked.state !== 'approved') return [`${tradeNo} was told as approved and is ${booked.state}`];
  if (told === CLOSED && booked.state === 'approved') return [`${tradeNo} was told as closed and is approved, without a correction`];
  return [];
}

function checkBooked({ tradeNo, state }: Booked, charge: Charged | undefined): string[] {
  const isCharged = charge?.approved === true;
  switch (state) {
    case 'approved':
      return isCharged ? [] : [`${tradeNo} is approved and no card was charged`];
    case 'declined':
    case 'cancelled':
    case 'failed':
      return isCharged ? [`${tradeNo} is ${state} and a card was charged`] : [];
    default:
      return [`${tradeNo} has no outcome: it is ${state}`];
  }
}

function checkCharges(booked: readonly Booked[], charged: ReadonlyMap<string, Charged>): string[] {
  const known = new Set(booked.map(({ transIndexCode }) => transIndexCode));
  return [...charged.values()].flatMap(({ transIndexCode, executions }) => [
    ...(executions > 1 ? [`${transIndexCode} was executed ${String(executions)} times`] : []),
    ...(known.has(transIndexCode) ? [] : [`${transIndexCode} was executed and is in no books`]),
  ]);
}

/** Types by states, for people. */
export function tableOf(booked: readonly Booked[]): string {
  const states = [...new Set(booked.map(({ state }) => state))].sort();
  const rows = [...Map.groupBy(booked, ({ transType }) => transType)].sort(([a], [b]) => (a < b ? -1 : 1));
  const counts = (of: readonly Booked[]): string[] => states.map((state) => String(of.filter((each) => each.state === state).length));
  const corrected = (of: readonly Booked[]): string => String(of.filter(({ isCorrected }) => isCorrected).length);
  const lines = [
    ['type', ...states, 'corrected', 'all'],
    ...rows.map(([type, of]) => [type, ...counts(of), corrected(of), String(of.length)]),
    ['all', ...counts(booked), corrected(booked), String(booked.length)],
  ];
  const widths = lines[0]?.map((_cell, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines
    .map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '))
    .join('\n');
}
