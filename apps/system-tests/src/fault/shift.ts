import { setTimeout as sleep } from 'node:timers/promises';
import { isSuccess, mayTryAgain, type Till } from '../till.js';
import type { Order } from './orders.js';

/** What a till knows of an order in the end. `refused`: the system said no for good, so nothing may ever come of it. */
export type Attempt = Order & {
  readonly outcome: 'accepted' | 'refused' | 'left-out';
  /** The last `transResult` it was told: 0 approved, 1 closed, 2 nobody knows yet. */
  readonly told?: number;
};

const [IN_PROGRESS, APPROVED] = [2, 0];
const PAUSE_MS = 50;
/** The till's long poll; shorter than the client's own patience. */
const WAIT_SECONDS = 5;
/** The cashier notices the mistake while the buyer looks for the card. */
const RED_KEY_AFTER_MS = 20;

/**
 * Works through the orders of one till as a careful programmer would: repeats under the same trade number, believes only final results, and
 * serves the next customer when nobody can tell in time. `giveUpAt`: by `performance.now()`.
 */
export async function work(
  till: Till,
  orders: readonly Order[],
  plan: { patienceMs: number; giveUpAt: number; onDone: () => void },
): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  for (const order of orders) {
    attempts.push(await serve(till, order, attempts, plan));
    plan.onDone();
  }
  return attempts;
}

async function serve(
  till: Till,
  order: Order,
  before: readonly Attempt[],
  plan: { patienceMs: number; giveUpAt: number },
): Promise<Attempt> {
  const original = before.find(({ tradeNo }) => tradeNo === order.original);
  if (order.original !== undefined && original?.told !== APPROVED) return { ...order, outcome: 'left-out' };
  const isAccepted = await initiate(till, await requestOf(till, order), plan.giveUpAt);
  if (!isAccepted) return { ...order, outcome: 'refused' };
  if (order.isCancelled === true) await pressRedKey(till);
  return {
    ...order,
    outcome: 'accepted',
    told: await ask(till, order.tradeNo, Math.min(plan.giveUpAt, performance.now() + plan.patienceMs)),
  };
}

async function requestOf(till: Till, { tradeNo, transType, amountMinor, original }: Order): Promise<object> {
  return {
    ...till.identity,
    ...{ posId: till.posId, tradeNo, transType },
    ...(amountMinor === undefined ? {} : { transAmount: amountMinor, currencyCode: '840' }),
    ...(original === undefined ? {} : { oriTransIndexCode: await numberOf(till, original) }),
  };
}

async function numberOf(till: Till, tradeNo: string): Promise<string> {
  for (;;) {
    const data = (await till.ask('getCashierAgentResult', { ...till.identity, tradeNo }))['data'] as
      { transIndexCode?: string } | undefined;
    if (data?.transIndexCode !== undefined) return data.transIndexCode;
    await sleep(PAUSE_MS);
  }
}

/** False when it was refused for good. Throws when there is no answer of either kind in time. */
async function initiate(till: Till, request: object, giveUpAt: number): Promise<boolean> {
  for (;;) {
    const answer = await till.ask('internetTrans', request);
    if (isSuccess(answer)) return true;
    if (!mayTryAgain(answer)) return false;
    if (performance.now() > giveUpAt) throw new Error(`no answer to ${JSON.stringify(request)}: ${JSON.stringify(answer)}`);
    await sleep(PAUSE_MS);
  }
}

/** Once and without insisting: whether it came in time is what the outcome tells. */
async function pressRedKey(till: Till): Promise<void> {
  await sleep(RED_KEY_AFTER_MS);
  await till.ask('terminalOperations', { clientId: till.identity.clientId, posId: till.posId, sn: till.terminalSn, operationType: 3 });
}

/** The last thing that the till was told, final or not. */
async function ask(till: Till, tradeNo: string, until: number): Promise<number> {
  let told = IN_PROGRESS;
  while (told === IN_PROGRESS && performance.now() < until) {
    const answer = await till.ask('getCashierAgentResult', { ...till.identity, tradeNo, wait: WAIT_SECONDS });
    const data = answer['data'] as { transResult?: number } | undefined;
    if (!isSuccess(answer)) await sleep(PAUSE_MS);
    told = data?.transResult ?? told;
  }
  return told;
}
