import { becomesTrue } from '@tillbridge/launcher';
import { type PushFields, type QueryData, verifyPush } from '@tillbridge/protocol';

import type { Credentials } from './data-dir.js';
import type { Delivery, DemoHost } from './demo-host.js';
import { SandboxFailure } from './failure.js';
import { requestJson } from './http.js';
import type { Admin } from './provisioning.js';
import { newTradeNo, type Till } from './till.js';
import type { Hop } from './timeline.js';

/** 10.00 of a currency with two decimals. */
export const DEMONSTRATION_AMOUNT_MINOR = 1_000;

const FINAL_WITHIN_MS = 60_000;
const PUSHED_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 100;
const IN_PROGRESS = 2;
const APPROVED = 0;

/** Everything the demonstration works with. */
export interface Stage {
  readonly till: Till;
  readonly host: DemoHost;
  readonly admin: Admin;
  readonly credentials: Credentials;
}

/** A purchase that went through, as everyone on its way saw it. */
export interface Demonstration {
  readonly tradeNo: string;
  readonly result: QueryData;
  /** When the till asked. */
  readonly askedAt: string;
  readonly hops: readonly Hop[];
}

/** Buys something, waits for the result and for its push, and collects who saw what when. Throws SandboxFailure when anything is amiss. */
export async function demonstrate(stage: Stage, amount: string): Promise<Demonstration> {
  const { till, host, credentials } = stage;
  const tradeNo = newTradeNo(new Date());
  const hops: Hop[] = [];
  const note = (by: string, what: string, at = new Date().toISOString()): number => hops.push({ at, by, what });

  await till.bind();
  const askedAt = new Date().toISOString();
  note('till', `asks for ${amount}, trade number ${tradeNo}`, askedAt);
  await till.purchase(tradeNo, DEMONSTRATION_AMOUNT_MINOR);
  note('till', 'is told that the purchase is accepted');
  const result = await finalResult(till, tradeNo);
  note('till', `learns the result: ${result.respDesc === '' ? 'final' : result.respDesc}`);
  const delivery = await pushOf(host, tradeNo);
  note('host', 'receives the push, signature verified', delivery.receivedAt);

  if (result.transResult !== APPROVED) throw new SandboxFailure(`The purchase was not approved: ${result.respCode} ${result.respDesc}`);
  const { clientId } = credentials.developer;
  const fields = JSON.parse(delivery.body) as PushFields;
  if (!verifyPush(fields, clientId, credentials.endpoint.signingSecret)) throw new SandboxFailure('The signature of the push is wrong.');
  return { tradeNo, result, askedAt, hops: [...hops, ...(await hopsInside(stage, tradeNo))] };
}

async function finalResult(till: Till, tradeNo: string): Promise<QueryData> {
  let result: QueryData | undefined;
  const isFinal = async (): Promise<boolean> => {
    result = await till.result(tradeNo);
    return result.transResult !== IN_PROGRESS;
  };
  const inTime = await becomesTrue(isFinal, FINAL_WITHIN_MS, ASK_EVERY_MS);
  if (!inTime || result === undefined)
    throw new SandboxFailure(`The purchase ${tradeNo} had no final result within ${FINAL_WITHIN_MS / 1_000} s.`);
  return result;
}

async function pushOf(host: DemoHost, tradeNo: string): Promise<Delivery> {
  const find = (): Delivery | undefined => host.deliveries.find(({ body }) => tradeNoOf(body) === tradeNo);
  await becomesTrue(() => find() !== undefined, PUSHED_WITHIN_MS);
  const delivery = find();
  if (delivery === undefined) throw new SandboxFailure(`The result was not pushed to the host within ${PUSHED_WITHIN_MS / 1_000} s.`);
  return delivery;
}

function tradeNoOf(body: string): unknown {
  try {
    return (JSON.parse(body) as { tradeNo?: unknown }).tradeNo;
  } catch {
    return undefined;
  }
}

/** What the services saw. */
async function hopsInside({ admin, credentials }: Stage, tradeNo: string): Promise<readonly Hop[]> {
  const url = `${admin.url}/transactions/${encodeURIComponent(credentials.developer.clientId)}/${encodeURIComponent(tradeNo)}/timeline`;
  const answer = await requestJson({ method: 'GET', url, headers: { authorization: `Bearer ${admin.token}` } });
  return (answer as { hops: readonly Hop[] }).hops;
}
