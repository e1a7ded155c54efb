import { describe, expect, it } from '@jest/globals';
import { changeTerminal as changeRequest, enrolTerminal as enrolRequest } from '@tillbridge/contracts';
import { changeTerminal, connectsOtherwise, enrolTerminal, toldOfTerminal, type Terminal } from './terminal.js';

const OTHER_UID = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a0ff';
const OTHER_HASH = 'a'.repeat(64);
const request = enrolRequest.sample;
const known: Terminal = { ...request, version: 1, standing: 'active' };
const situation = { merchantKnown: true, known: undefined, keyTaken: false };

describe('the enrolment of a terminal', () => {
  it('needs its merchant', () =>
    expect(enrolTerminal({ ...situation, merchantKnown: false }, request)).toMatchObject({ kind: 'refuse', name: 'not-yours' }));
  it('creates it with its key', () => expect(enrolTerminal(situation, request)).toEqual({ kind: 'create', state: known }));
  it('changes nothing when it is repeated', () => expect(enrolTerminal({ ...situation, known }, request)).toEqual({ kind: 'keep' }));
  it('needs a key that is no other terminal’s', () =>
    expect(enrolTerminal({ ...situation, keyTaken: true }, request)).toMatchObject({ kind: 'refuse', name: 'invalid-field' }));
  it.each([{ keyHash: OTHER_HASH }, { terminalId: '12345678' }])('keeps its uid when it is enrolled again (%j)', (news) =>
    expect(enrolTerminal({ ...situation, known }, { ...request, terminalUid: OTHER_UID, ...news })).toEqual({
      kind: 'change',
      before: known,
      state: { ...known, ...news, version: 2 },
    }),
  );
  it('gives a key to one that a till brought up without', () =>
    expect(enrolTerminal({ ...situation, known: { ...known, keyHash: null } }, { ...request, terminalUid: OTHER_UID })).toMatchObject({
      kind: 'change',
      state: { ...known, version: 2 },
    }));
});

describe('a change of a terminal', () => {
  it.each([
    [{ terminalId: '12345678' }, { terminalId: '12345678' }, false],
    [{ standing: 'suspended' as const }, { standing: 'suspended' }, true],
    [{ revokeKey: true }, { keyHash: null }, true],
  ])('makes its next version: %j; it connects otherwise: %j', (asked, news, otherwise) => {
    const decision = changeTerminal(known, { terminalUid: known.terminalUid, ...asked });
    expect(decision).toEqual({ kind: 'change', before: known, state: { ...known, ...news, version: 2 } });
    if (decision.kind === 'change') expect(connectsOtherwise(decision.before, decision.state)).toBe(otherwise);
  });
  it('is kept when it is so already, and needs the terminal', () => {
    const keyless = { ...known, keyHash: null };
    expect(changeTerminal(keyless, { terminalUid: known.terminalUid, revokeKey: true, standing: 'active' })).toEqual({ kind: 'keep' });
    expect(changeTerminal(known, { terminalUid: known.terminalUid, revokeKey: false })).toEqual({ kind: 'keep' });
    expect(changeTerminal(undefined, changeRequest.sample)).toMatchObject({ kind: 'refuse', name: 'record-unknown' });
  });
  it('is told without the key', () => expect(JSON.stringify(toldOfTerminal(known))).not.toContain(request.keyHash));
});
