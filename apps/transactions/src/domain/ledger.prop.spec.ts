import { expect, it } from '@jest/globals';
import { plusMs } from '@tillbridge/kernel';
import fc from 'fast-check';
import { birth, evidences, request, terminal, usd } from '../../test/samples.js';
import { requestCancel } from './cancel.js';
import { initiate } from './initiate.js';
import { evidenceKinds, isOpen, type Evidence, type EvidenceKind } from './life.js';
import { ask } from './resolver.js';
import type { Change, Transaction } from './transaction.js';
import { transactionTypes, type TransactionType } from './types.js';
import { weigh, weighLate } from './weigh.js';

/*
 * Random lives of a shop against a model that was written without looking at the rules: a follow-up is right when it breaks no law in any world that
 * is still possible, where every follow-up under way comes true in one world and not in another.
 */

type Seen = 'open' | 'unknown' | 'approved' | 'declined' | 'cancelled' | 'failed';
type Known = {
  readonly type: TransactionType;
  readonly place: number;
  readonly amount: number;
  readonly of: Known | undefined;
  readonly terminalNo: number;
  seen: Seen;
  sent: boolean;
  shown: boolean;
  /** A late proof has made it true: no law could hinder that. */
  corrected: boolean;
};
type Model = { known: Known[] };
type Real = { transactions: Transaction[]; now: Date };

const TYPES = Object.keys(transactionTypes) as TransactionType[];
const MONEY: readonly TransactionType[] = ['Purchase', 'PreAuth', 'IncrementalAuth', 'AuthCompletion', 'Refund', 'TipAdjust'];
const FOLLOW_UPS: readonly TransactionType[] = ['IncrementalAuth', 'AuthCompletion', 'AuthVoid', 'Reversal', 'Refund', 'TipAdjust'];
const CHARGES: readonly TransactionType[] = ['Purchase', 'AuthCompletion'];
const OF_CHARGES: readonly TransactionType[] = ['Reversal', 'Refund', 'TipAdjust'];

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
const amounts = (world: readonly Known[], type: TransactionType): number[] =>
  world.filter((each) => each.type === type).map((each) => each.amount);
const charged = (original: Known, world: readonly Known[]): number => amounts(world, 'TipAdjust').at(-1) ?? original.amount;

/** Is the world in which exactly these follow-ups of the original have come true as it has to be? */
function isLawful(original: Known, world: readonly Known[]): boolean {
  const count = (...types: TransactionType[]): number => world.filter((each) => types.includes(each.type)).length;
  if (original.type === 'PreAuth') {
    const held = original.amount + sum(amounts(world, 'IncrementalAuth'));
    return count('AuthCompletion', 'AuthVoid', 'Reversal') <= 1 && sum(amounts(world, 'AuthCompletion')) <= held;
  }
  return (
    count('Reversal') <= 1 &&
    (count('Reversal') === 0 || count('Refund') === 0) &&
    sum(amounts(world, 'Refund')) <= charged(original, world)
  );
}

/** What may not come after what, whatever the amounts. */
function comesTooLate(original: Known, followUp: Known, world: readonly Known[], isSettled: boolean): boolean {
  const has = (...types: TransactionType[]): boolean => world.some((each) => types.includes(each.type));
  if (followUp.type === 'IncrementalAuth') return has('AuthCompletion', 'AuthVoid', 'Reversal');
  if (followUp.type === 'TipAdjust') return isSettled || has('Refund', 'Reversal');
  return original.type !== 'PreAuth' && followUp.type === 'Reversal' && isSettled;
}

const subsets = <T>(items: readonly T[]): T[][] =>
  items.reduce<T[][]>((all, item) => [...all, ...all.map((each) => [...each, item])], [[]]);

function isRight({ known }: Model, followUp: Known): boolean {
  const original = followUp.of!;
  if (original.seen !== 'approved') return false;
  const fits =
    original.type === 'PreAuth'
      ? !['Refund', 'TipAdjust'].includes(followUp.type)
      : CHARGES.includes(original.type) && OF_CHARGES.includes(followUp.type);
  if (!fits) return false;
  const others = known.filter((each) => each.of === original);
  const [certain, possible] = [
    others.filter(({ seen }) => seen === 'approved'),
    others.filter(({ seen }) => seen === 'open' || seen === 'unknown'),
  ];
  if (followUp.type === 'TipAdjust' && possible.some(({ type }) => type === 'TipAdjust')) return false;
  const isSettled = known.some(
    (each) => each.type === 'Settle' && each.seen === 'approved' && each.terminalNo === original.terminalNo && each.place > original.place,
  );
  return subsets(possible).every((some) => {
    const world = [...certain, ...some].sort((a, b) => a.place - b.place);
    return isLawful(original, [...world, followUp]) && !comesTooLate(original, followUp, world, isSettled);
  });
}

const NOISE: readonly EvidenceKind[] = ['dispatched', 'acknowledged', 'progressed', 'deadline'];
const NOT_CHARGED: Partial<Record<EvidenceKind, Seen>> = {
  ...{ cancelled: 'cancelled', withdrawn: 'cancelled' },
  ...{ 'not-executed': 'failed', undelivered: 'failed', 'never-seen': 'failed' },
};

/** What the model expects of a piece of evidence, by what it has seen so far. */
function see(known: Known, kind: EvidenceKind): 'changed' | 'kept' | 'contradiction' {
  const says = NOT_CHARGED[kind] ?? (kind as Seen);
  if (known.seen !== 'open' && known.seen !== 'unknown') return NOISE.includes(kind) ? 'kept' : seeAfterTheEnd(known, says);
  if (NOISE.includes(kind)) return seeNoise(known, kind);
  const neverLeft = kind === 'undelivered' || kind === 'withdrawn';
  if (known.seen === 'open' && ((neverLeft && known.sent) || (kind === 'never-seen' && known.shown))) return 'contradiction';
  known.seen = says;
  return 'changed';
}

function seeAfterTheEnd(known: Known, says: Seen): 'changed' | 'kept' | 'contradiction' {
  const wasUncharged = known.seen === 'failed' || known.seen === 'cancelled';
  if (!wasUncharged) return says === known.seen ? 'kept' : 'contradiction';
  if (says !== 'approved' && says !== 'declined') return 'kept';
  Object.assign(known, { seen: says, corrected: true });
  return 'changed';
}

function seeNoise(known: Known, kind: EvidenceKind): 'changed' | 'kept' | 'contradiction' {
  if (kind === 'deadline' && known.seen === 'open') known.seen = 'unknown';
  known.sent ||= kind !== 'deadline';
  known.shown ||= kind === 'progressed';
  // Which of the open states it is in does not matter to the model, so it does not say whether this was news.
  return 'kept';
}

const isFinal = (transaction: Transaction): boolean => !isOpen(transaction.life.state) && transaction.life.state !== 'unknown';

/** Every change is the next version, and told by facts that keep their contract. */
function store(real: Real, place: number, { next, facts }: Change): void {
  const before = real.transactions[place];
  expect(next.version).toBe((before?.version ?? 0) + 1);
  expect(facts.length).toBeGreaterThan(0);
  for (const { fact, payload } of facts) expect(fact.validate(payload)).toMatchObject({ ok: true });
  const names = facts.map(({ fact }) => fact.name);
  if (before !== undefined && isFinal(before) && before.life.state !== next.life.state) expect(names).toContain('transaction-corrected');
  if (before !== undefined && (before.life.state === 'approved' || before.life.state === 'declined'))
    expect(next.life).toEqual(before.life);
  real.transactions[place] = next;
}

function checkLaws({ known }: Model): void {
  for (const original of known) {
    const approved = known.filter((each) => each.of === original && each.seen === 'approved');
    if (approved.some(({ corrected }) => corrected)) continue;
    expect([original.type, isLawful(original, approved)]).toEqual([original.type, true]);
  }
}

class Initiate implements fc.Command<Model, Real> {
  constructor(
    private readonly type: TransactionType,
    private readonly terminalNo: number,
    private readonly pick: number,
    private readonly amount: number,
  ) {}
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    const place = model.known.length;
    const follows = FOLLOW_UPS.includes(this.type);
    const originalPlace = follows && place > 0 ? this.pick % place : undefined;
    const of = originalPlace === undefined ? undefined : model.known[originalPlace];
    const amount = MONEY.includes(this.type) ? this.amount : 0;
    const fresh: Known = {
      ...{ type: this.type, place, amount, of, terminalNo: this.terminalNo },
      seen: 'open',
      sent: false,
      shown: false,
      corrected: false,
    };
    const isBusy = model.known.some(({ seen, terminalNo }) => seen === 'open' && terminalNo === this.terminalNo);
    const expected =
      follows && of === undefined
        ? 'original-not-found'
        : follows && !isRight(model, fresh)
          ? 'original-forbids'
          : isBusy
            ? 'terminal-busy'
            : 'accept';

    const decision = this.ask(real, originalPlace, isBusy, amount);
    expect([this.toString(), decision.kind === 'refuse' ? decision.refusal.name : decision.kind]).toEqual([this.toString(), expected]);
    if (decision.kind !== 'accept') return;
    store(real, place, decision.change);
    model.known.push(fresh);
  }
  private ask(real: Real, originalPlace: number | undefined, busy: boolean, amount: number) {
    const place = real.transactions.length;
    const id = String(place).padStart(12, '0');
    const instruction = {
      transType: this.type,
      ...(amount === 0 ? {} : { amount: usd(amount) }),
      ...(FOLLOW_UPS.includes(this.type) ? { original: { transIndexCode: 'named' } } : {}),
    };
    const transaction = originalPlace === undefined ? undefined : real.transactions[originalPlace];
    const isSettled = real.transactions.some(
      (each, at) =>
        each.instruction.transType === 'Settle' &&
        each.life.state === 'approved' &&
        each.terminalUid === transaction?.terminalUid &&
        at > originalPlace!,
    );
    const followUps = real.transactions.filter(
      (each) => each.originalTransactionId !== undefined && each.originalTransactionId === transaction?.transactionId,
    );
    const terminalUid = `0193aa3e-7c1b-7d30-9a51-00000000000${String(this.terminalNo)}`;
    return initiate(
      { ...request, tradeNo: id, instruction },
      {
        terminal: { ...terminal, terminalUid, busy },
        original: transaction === undefined ? { missing: 'none' } : { transaction, followUps, isSettled },
      },
      { ...birth, transactionId: `0193aa3e-7c1b-7d30-9a51-${id}`, transIndexCode: `848981${id}`, now: real.now },
    );
  }
  toString = (): string => `${this.type} of ${String(this.pick)} at ${String(this.terminalNo)} for ${String(this.amount)}`;
}

class Hear implements fc.Command<Model, Real> {
  constructor(
    private readonly pick: number,
    private readonly kind: EvidenceKind,
    private readonly times: number,
  ) {}
  check = ({ known }: Readonly<Model>): boolean => known.length > 0;
  run(model: Model, real: Real): void {
    const place = this.pick < 0 ? model.known.length - 1 : this.pick % model.known.length;
    for (let time = 0; time < this.times; time += 1) {
      const known = model.known[place]!;
      const expected = see(known, this.kind);
      const outcome = this.hear(real, place, evidences[this.kind]);
      if (expected !== 'kept') expect([this.toString(), outcome]).toEqual([this.toString(), expected]);
      else expect(outcome).not.toBe('contradiction');
      const { state } = real.transactions[place]!.life;
      expect([this.toString(), isOpen(state) ? 'open' : state]).toEqual([this.toString(), known.seen]);
    }
    checkLaws(model);
  }
  private hear(real: Real, place: number, evidence: Evidence): string {
    const transaction = real.transactions[place]!;
    const weighed = weigh(transaction, evidence, real.now);
    const decided = weighed.kind === 'late' ? weighLate(transaction, weighed.proof, 'attach', real.now) : weighed;
    if (decided.kind === 'changed') store(real, place, decided);
    return decided.kind;
  }
  toString = (): string => `${this.kind} of ${String(this.pick)}, ${String(this.times)} times`;
}

class Cancel implements fc.Command<Model, Real> {
  constructor(private readonly pick: number) {}
  check = ({ known }: Readonly<Model>): boolean => known.length > 0;
  run(model: Model, real: Real): void {
    const place = this.pick % model.known.length;
    const wanted = requestCancel(real.transactions[place]!, real.now);
    expect(wanted !== undefined).toBe(model.known[place]!.seen === 'open');
    if (wanted?.kind === 'changed') store(real, place, wanted);
  }
  toString = (): string => `cancel ${String(this.pick)}`;
}

class Wait implements fc.Command<Model, Real> {
  constructor(private readonly seconds: number) {}
  check = (): boolean => true;
  run(model: Model, real: Real): void {
    real.now = plusMs(real.now, this.seconds * 1_000);
    real.transactions.forEach((transaction, place) => {
      if (isOpen(transaction.life.state) && transaction.deadlineAt <= real.now) {
        const weighed = weigh(transaction, { kind: 'deadline' }, real.now);
        if (weighed.kind !== 'changed') throw new Error('a deadline decides');
        store(real, place, weighed);
        model.known[place]!.seen = 'unknown';
      }
      const asked = ask(real.transactions[place]!, real.now);
      if (asked.kind === 'changed') store(real, place, asked);
      expect(ask(real.transactions[place]!, real.now)).toEqual({ kind: 'kept' });
    });
  }
  toString = (): string => `wait ${String(this.seconds)} s`;
}

it('whatever tills, terminals, duplicates, late facts and time do: money is taken once, never more than is there, and everything is told', () => {
  // Few originals and the newest of all, money and proofs more often than the rest: else nothing meets, and nothing gets far.
  const pick = fc.oneof({ weight: 3, arbitrary: fc.nat(1) }, fc.nat(30));
  const newest = fc.constant(-1);
  const type = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom('IncrementalAuth', 'AuthCompletion', 'AuthVoid', 'Reversal', 'Refund', 'TipAdjust', 'Settle') },
    fc.constantFrom(...TYPES),
  );
  const kind = fc.oneof({ weight: 3, arbitrary: fc.constant<EvidenceKind>('approved') }, fc.constantFrom(...evidenceKinds));
  const amount = fc.constantFrom(100, 200, 300, 500);
  const commands = fc.commands(
    [
      fc.tuple(type, fc.nat(2), pick, amount).map((parts) => new Initiate(...parts)),
      fc.tuple(type, fc.nat(2), pick, amount).map((parts) => new Initiate(...parts)),
      fc.tuple(fc.oneof(pick, newest), kind, fc.integer({ min: 1, max: 3 })).map((parts) => new Hear(...parts)),
      fc.tuple(newest, kind, fc.constant(1)).map((parts) => new Hear(...parts)),
      pick.map((each) => new Cancel(each)),
      fc.constantFrom(1, 60, 200, 100_000).map((seconds) => new Wait(seconds)),
    ],
    { maxCommands: 60, size: 'max' },
  );
  fc.assert(
    fc.property(commands, (story) => {
      const shop: { model: Model; real: Real } = { model: { known: [] }, real: { transactions: [], now: birth.now } };
      // Something to follow up from the start.
      for (const type of ['Purchase', 'PreAuth'] as const) {
        new Initiate(type, 0, 0, 500).run(shop.model, shop.real);
        new Hear(-1, 'approved', 1).run(shop.model, shop.real);
      }
      fc.modelRun(() => shop, story);
    }),
    { numRuns: 300 },
  );
}, 30_000);
