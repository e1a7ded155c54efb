import { describe, expect, it } from '@jest/globals';
import { bindTill as bindRequest, terminalBound } from '@tillbridge/contracts';
import { bindTill, MAX_TILLS_PER_MERCHANT, type Circumstances, type Situation } from './till-binding.js';

const request = bindRequest.sample;
const circumstances: Circumstances = {
  newTillUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a010',
  newTerminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a011',
  now: new Date('2026-11-01T09:00:00.000Z'),
  mayCreateTerminal: false,
};
const terminal = { ...request, terminalUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a012', version: 1 };
const till = { tillUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a013', version: 4, terminalUid: terminal.terminalUid };
const situation: Situation = { merchantKnown: true, terminal, till: undefined, tillsOfMerchant: 0 };
const unbound = { tillUid: till.tillUid, version: till.version };

describe('binding a till', () => {
  it('binds a new till as its first version', () => {
    const decision = bindTill(request, situation, circumstances);
    expect(decision).toEqual({
      kind: 'bind',
      binding: {
        ...request,
        tillUid: circumstances.newTillUid,
        version: 1,
        terminalUid: terminal.terminalUid,
        at: '2026-11-01T09:00:00.000Z',
      },
    });
    if (decision.kind === 'bind') expect(terminalBound.validate(decision.binding).ok).toBe(true);
  });

  it('changes nothing when the till is bound to this terminal', () =>
    expect(bindTill(request, { ...situation, till }, circumstances)).toEqual({
      kind: 'keep',
      tillUid: till.tillUid,
      terminalUid: terminal.terminalUid,
    }));

  it.each([
    ['another terminal', { ...till, terminalUid: circumstances.newTerminalUid }],
    ['none', unbound],
  ])('moves a till that was bound to %s, as its next version', (_case, known) =>
    expect(bindTill(request, { ...situation, till: known }, circumstances)).toMatchObject({
      kind: 'bind',
      binding: { tillUid: till.tillUid, version: 5, terminalUid: terminal.terminalUid },
    }),
  );

  it("tells the terminal's own TID and not the placeholder of the request", () =>
    expect(bindTill(request, { ...situation, terminal: { ...terminal, terminalId: '87654321' } }, circumstances)).toMatchObject({
      binding: { terminalId: '87654321' },
    }));

  it('refuses a terminal that was never enrolled', () =>
    expect(bindTill(request, { ...situation, terminal: undefined }, circumstances)).toMatchObject({
      kind: 'refuse',
      name: 'terminal-unknown',
    }));

  it('creates the terminal in a sandbox', () =>
    expect(bindTill(request, { ...situation, terminal: undefined }, { ...circumstances, mayCreateTerminal: true })).toMatchObject({
      kind: 'bind',
      binding: { terminalUid: circumstances.newTerminalUid },
      newTerminal: {
        terminalUid: circumstances.newTerminalUid,
        version: 1,
        terminalSn: request.terminalSn,
        terminalId: request.terminalId,
      },
    }));

  it('says that a merchant is not open to the developer before anything about terminals', () =>
    expect(
      bindTill(request, { merchantKnown: false, terminal: undefined, till: undefined, tillsOfMerchant: 0 }, circumstances),
    ).toMatchObject({
      kind: 'refuse',
      name: 'not-yours',
    }));

  it('takes tills up to the limit of a merchant, and no new one after it', () => {
    expect(bindTill(request, { ...situation, tillsOfMerchant: MAX_TILLS_PER_MERCHANT - 1 }, circumstances)).toMatchObject({ kind: 'bind' });
    const full = { ...situation, tillsOfMerchant: MAX_TILLS_PER_MERCHANT };
    expect(bindTill(request, full, circumstances)).toMatchObject({
      kind: 'refuse',
      name: 'invalid-field',
      detail: expect.stringMatching(/^posId: expected .*5000/),
    });
    expect(bindTill(request, { ...full, till: unbound }, circumstances)).toMatchObject({ kind: 'bind' });
    expect(bindTill(request, { ...full, merchantKnown: false }, circumstances)).toMatchObject({ name: 'not-yours' });
  });

  it('limits the list of a merchant to one message of NATS', () => {
    const longest = { posId: 'P'.repeat(64), terminalSn: 'S'.repeat(64), terminalId: 'T'.repeat(32) };
    const list = { outcome: 'done', value: { bindings: Array.from({ length: MAX_TILLS_PER_MERCHANT }, () => longest) } };
    expect(Buffer.byteLength(JSON.stringify(list))).toBeLessThan(1_048_576);
  });
});
