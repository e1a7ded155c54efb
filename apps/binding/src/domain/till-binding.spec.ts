import { describe, expect, it } from '@jest/globals';
import { bindTill as bindRequest, terminalBound, type TerminalPolicy } from '@tillbridge/contracts';
import {
  bindTill,
  changeTill,
  MAX_TILLS_PER_MERCHANT,
  toldOfTill,
  unbindTill,
  type BoundTill,
  type Circumstances,
  type Situation,
  type Till,
  type UnbindingSituation,
} from './till-binding.js';
import type { Terminal } from './terminal.js';

const request = bindRequest.sample;
const { clientId, merchantId, posId, terminalSn, terminalId } = request;
const NEW_TERMINAL_UID = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a011';
const circumstances: Circumstances = {
  newTillUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a010',
  newTerminalUid: NEW_TERMINAL_UID,
  isSandbox: false,
};
const merchant = { isOpen: true, terminalPolicy: 'enrolled-only' as TerminalPolicy };
const terminalUid = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a012';
const terminal: Terminal = { terminalUid, version: 1, clientId, merchantId, terminalSn, terminalId, standing: 'active', keyHash: null };
const unbound: Till = { tillUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a013', version: 4, clientId, merchantId, posId, standing: 'active' };
const bound: BoundTill = { ...unbound, terminal: { terminalUid, terminalSn, terminalId } };
const boundElsewhere: Till = { ...bound, terminal: { ...bound.terminal, terminalUid: NEW_TERMINAL_UID } };
const situation: Situation = { merchant, terminal, till: undefined, tillsOfMerchant: 0 };
const bind = (is: Partial<Situation>, more = {}, where: Partial<Circumstances> = {}) =>
  bindTill({ ...request, ...more }, { ...situation, ...is }, { ...circumstances, ...where });

describe('binding a till', () => {
  it('binds a new till as its first version, and can be told', () => {
    const decision = bind({});
    const state = { ...bound, tillUid: circumstances.newTillUid, version: 1 };
    expect(decision).toEqual({ kind: 'bind', before: undefined, state });
    expect(terminalBound.validate(toldOfTill(state, state.terminal, new Date('2026-11-01T09:00:00.000Z'))).ok).toBe(true);
  });

  it('changes nothing when the till is bound to this terminal', () => expect(bind({ till: bound })).toEqual({ kind: 'keep', till: bound }));

  it('binds a till again that was unbound, as its next version', () =>
    expect(bind({ till: unbound })).toEqual({ kind: 'bind', before: unbound, state: { ...bound, version: 5 } }));

  it('moves a till that is bound to another terminal only when it may', () => {
    expect(bind({ till: boundElsewhere })).toMatchObject({ kind: 'refuse', name: 'bound-otherwise' });
    expect(bind({ till: boundElsewhere }, { mayRebind: true })).toEqual({
      kind: 'bind',
      before: boundElsewhere,
      state: { ...bound, version: 5 },
    });
  });

  it("tells the terminal's own TID and not the placeholder of the request", () =>
    expect(bind({ terminal: { ...terminal, terminalId: '87654321' } })).toMatchObject({ state: { terminal: { terminalId: '87654321' } } }));

  it.each<[string, Partial<Circumstances>, TerminalPolicy]>([
    ['in a sandbox', { isSandbox: true }, 'enrolled-only'],
    ["by the merchant's policy", {}, 'create-on-register'],
  ])('creates a terminal that was never enrolled %s', (_case, where, terminalPolicy) =>
    expect(bind({ terminal: undefined, merchant: { ...merchant, terminalPolicy } }, {}, where)).toMatchObject({
      kind: 'bind',
      state: { terminal: { terminalUid: NEW_TERMINAL_UID } },
      newTerminal: { ...terminal, terminalUid: NEW_TERMINAL_UID },
    }),
  );

  const suspended = { terminal: { ...terminal, standing: 'suspended' as const }, till: { ...bound, standing: 'suspended' as const } };
  it.each<[string, Partial<Situation>, string]>([
    ['a terminal that was never enrolled', { terminal: undefined }, 'terminal-unknown'],
    ['a suspended terminal', { terminal: suspended.terminal }, 'terminal-unknown'],
    ['a suspended terminal that it is bound to', { terminal: suspended.terminal, till: bound }, 'terminal-unknown'],
    ['a suspended till', { till: suspended.till }, 'bound-otherwise'],
    ['a suspended till of a suspended terminal', suspended, 'terminal-unknown'],
    ['a suspended merchant', { merchant: { ...merchant, isOpen: false }, ...suspended }, 'not-yours'],
    ['a merchant of somebody else', { merchant: undefined, terminal: undefined }, 'not-yours'],
  ])('refuses %s', (_case, is, name) => expect(bind(is, { mayRebind: true })).toMatchObject({ kind: 'refuse', name }));

  it('does not create a suspended terminal anew in a sandbox', () =>
    expect(bind({ terminal: suspended.terminal }, {}, { isSandbox: true })).toMatchObject({ name: 'terminal-unknown' }));

  it('takes tills up to the limit of a merchant, and no new one after it', () => {
    expect(bind({ tillsOfMerchant: MAX_TILLS_PER_MERCHANT - 1 })).toMatchObject({ kind: 'bind' });
    const full = { tillsOfMerchant: MAX_TILLS_PER_MERCHANT };
    expect(bind(full)).toMatchObject({
      kind: 'refuse',
      name: 'invalid-field',
      detail: expect.stringMatching(/^posId: expected .*5000/),
    });
    expect(bind({ ...full, till: unbound })).toMatchObject({ kind: 'bind' });
    expect(bind({ ...full, merchant: undefined })).toMatchObject({ name: 'not-yours' });
  });

  it('limits the list of a merchant to one message of NATS', () => {
    const longest = { posId: 'P'.repeat(64), terminalSn: 'S'.repeat(64), terminalId: 'T'.repeat(32) };
    const list = { outcome: 'done', value: { bindings: Array.from({ length: MAX_TILLS_PER_MERCHANT }, () => longest) } };
    expect(Buffer.byteLength(JSON.stringify(list))).toBeLessThan(1_048_576);
  });
});

describe('unbinding a till', () => {
  const byPosId = { clientId, merchantId, posId };
  const byTid = { clientId, merchantId, terminalId };
  const free: UnbindingSituation = { merchant, till: bound, matches: 1, isRepeat: false };
  const unbindingOf = { kind: 'change', before: bound, state: { ...unbound, version: 5 }, was: bound.terminal };

  it.each([
    ['its posId', byPosId],
    ['its TID', byTid],
    ['its posId, whatever the TID', { ...byPosId, terminalId: 'another' }],
  ])('takes it off its terminal by %s', (_case, asked) => expect(unbindTill(asked, free)).toEqual(unbindingOf));
  it('also when it is suspended', () =>
    expect(unbindTill(byPosId, { ...free, till: { ...bound, standing: 'suspended' } })).toMatchObject({
      kind: 'change',
      state: { standing: 'suspended' },
      was: bound.terminal,
    }));
  it('is a success when it is not bound, and when the request comes again', () => {
    expect(unbindTill(byPosId, { ...free, till: unbound })).toEqual({ kind: 'keep' });
    expect(unbindTill(byTid, { ...free, till: undefined, matches: 0, isRepeat: true })).toEqual({ kind: 'keep' });
  });
  it.each([0, 2, 5_000])('by a TID needs exactly one bound till, not %i', (matches) =>
    expect(unbindTill(byTid, { ...free, till: undefined, matches })).toEqual({
      kind: 'refuse',
      name: 'invalid-field',
      detail: `terminalId: expected the TID of exactly one bound till, found ${matches}`,
    }),
  );
  it('refuses a till that never was, naming it', () =>
    expect(unbindTill(byPosId, { ...free, till: undefined })).toEqual({
      kind: 'refuse',
      name: 'till-not-bound',
      detail: `posId ${posId}`,
    }));
  it.each([
    ['a merchant of somebody else', byPosId, { merchant: undefined }, 'not-yours'],
    ['a suspended merchant', byTid, { merchant: { ...merchant, isOpen: false }, matches: 0 }, 'not-yours'],
    ['nothing', { clientId, merchantId }, { merchant: undefined }, 'invalid-field'],
  ])('refuses %s', (_case, asked, is, name) => expect(unbindTill(asked, { ...free, ...is })).toMatchObject({ kind: 'refuse', name }));
});

describe('suspending a till', () => {
  const { tillUid } = bound;

  it('keeps its terminal, and gives it back', () => {
    const asleep = { ...bound, version: 5, standing: 'suspended' as const };
    expect(changeTill(bound, { tillUid, standing: 'suspended' })).toEqual({ kind: 'change', before: bound, state: asleep });
    expect(changeTill(asleep, { tillUid, standing: 'active' })).toMatchObject({ state: { ...bound, version: 6 } });
  });
  it('changes nothing when it is so already, and needs the till', () => {
    expect(changeTill(bound, { tillUid, standing: 'active' })).toEqual({ kind: 'keep' });
    expect(changeTill(undefined, { tillUid, standing: 'active' })).toMatchObject({ kind: 'refuse', name: 'record-unknown' });
  });
});
