import { describe, expect, it } from '@jest/globals';
import { inviteTerminal as inviteRequest, pairTerminal as pairRequest } from '@tillbridge/contracts';
import {
  inviteTerminal,
  pairTerminal,
  revokePairingCode,
  stateOf,
  type InvitationSituation,
  type PairingCode,
  type Shown,
} from './pairing.js';
import type { Terminal } from './terminal.js';

const request = inviteRequest.sample;
const now = new Date('2026-11-01T09:00:00.000Z');
const BEFORE = '2026-11-01T08:00:00.000Z';
const HASH = 'b'.repeat(64);
const { terminalUid, clientId, merchantId, terminalSn, terminalId } = request;
const terminal: Terminal = {
  ...{ terminalUid, version: 2, clientId, merchantId, terminalSn, terminalId },
  ...{ standing: 'active', keyHash: null },
};
const code: PairingCode = {
  ...{ codeUid: request.codeUid, clientId, merchantId, terminalUid, codeHash: request.codeHash },
  ...{ createdAt: now.toISOString(), expiresAt: request.expiresAt },
};
const other: PairingCode = { ...code, codeUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a0ff', codeHash: HASH };
const situation: InvitationSituation = { merchantKnown: true, terminal, unused: undefined, namesake: undefined };
const invite = (is: Partial<InvitationSituation>, more = {}) => inviteTerminal({ ...situation, ...is }, { ...request, ...more }, now);

it.each<[string, Partial<PairingCode>]>([
  ['open', {}],
  ['used', { usedAt: BEFORE }],
  ['revoked', { revokedAt: BEFORE }],
  ['expired', { expiresAt: now.toISOString() }],
  ['expired', { expiresAt: BEFORE, revokedAt: now.toISOString() }],
  ['revoked', { expiresAt: now.toISOString(), revokedAt: BEFORE }],
  ['used', { expiresAt: BEFORE, usedAt: BEFORE }],
])('a code is %s: %j', (state, more) => expect(stateOf({ ...code, ...more }, now)).toBe(state));

describe('an invitation', () => {
  it('admits a new terminal without a key', () =>
    expect(invite({ terminal: undefined })).toEqual({
      kind: 'invite',
      code,
      terminal: { ...terminal, version: 1 },
      before: undefined,
      ends: undefined,
    }));
  it('gives a code to a terminal that has nothing, and a new TID', () => {
    expect(invite({})).toMatchObject({ kind: 'invite', code, terminal, before: terminal });
    expect(invite({}, { terminalId: '12345678' })).toMatchObject({ terminal: { terminalId: '12345678', version: 3 }, before: terminal });
  });
  it.each<[string, Partial<InvitationSituation>]>([
    ['a key', { terminal: { ...terminal, keyHash: HASH } }],
    ['an open code', { unused: other }],
  ])('leaves a terminal alone that has %s, unless it is to be renewed', (_case, is) => {
    expect(invite(is)).toEqual({ kind: 'keep', terminalUid, invited: false, isRepeat: false });
    expect(invite(is, { renew: true })).toMatchObject({ kind: 'invite', code, ends: is.unused });
  });
  it('ends a code whose time is over', () => {
    const expired = { ...other, expiresAt: BEFORE };
    expect(invite({ unused: expired })).toMatchObject({ kind: 'invite', ends: expired });
  });
  it.each<[string, Partial<PairingCode>, boolean]>([
    ['open', {}, true],
    ['used', { usedAt: BEFORE }, false],
    ['revoked', { revokedAt: BEFORE }, false],
  ])('that is repeated is told that its code is %s', (_case, more, invited) =>
    expect(invite({ namesake: { ...code, ...more } })).toEqual({ kind: 'keep', terminalUid, invited, isRepeat: true }),
  );
  it.each<[string, Partial<InvitationSituation>, object, string]>([
    ['of a merchant that is not there', { merchantKnown: false }, {}, 'not-yours'],
    ['with a used code', { namesake: { ...other, codeHash: code.codeHash } }, {}, 'invalid-field'],
    ['under a used uid', { namesake: { ...code, codeHash: HASH } }, {}, 'invalid-field'],
    ["with another terminal's code", { namesake: code, terminal: undefined }, {}, 'invalid-field'],
    ['that is over', {}, { expiresAt: now.toISOString() }, 'invalid-field'],
    ['for more than 30 days', {}, { expiresAt: '2026-12-01T09:05:00.001Z' }, 'invalid-field'],
    ['for no day at all', {}, { expiresAt: '2026-11-31T09:00:00.000Z' }, 'invalid-field'],
    ['of a suspended terminal', { terminal: { ...terminal, standing: 'suspended' } }, {}, 'record-conflict'],
  ])('is refused: %s', (_case, is, more, name) => expect(invite(is, more)).toMatchObject({ kind: 'refuse', name }));
  it('lasts up to 30 days', () => expect(invite({}, { expiresAt: '2026-12-01T09:00:00.000Z' })).toMatchObject({ kind: 'invite' }));
});

describe('taking a code back', () => {
  it.each<[string, PairingCode | undefined, object]>([
    ['open', code, { kind: 'revoke', code: { revokedAt: now.toISOString() } }],
    ['revoked', { ...code, revokedAt: BEFORE }, { kind: 'keep' }],
    ['expired', { ...code, expiresAt: BEFORE }, { kind: 'keep' }],
    ['used', { ...code, usedAt: BEFORE }, { kind: 'refuse', name: 'record-conflict' }],
    ['unknown', undefined, { kind: 'refuse', name: 'record-unknown' }],
  ])('that is %s', (_case, known, decision) => expect(revokePairingCode(known, code.codeUid, now)).toMatchObject(decision));
});

describe('pairing', () => {
  const shown: Shown = { code, terminal, merchantIsOpen: true };
  const { keyHash } = pairRequest.sample;
  const used = { ...code, usedAt: BEFORE };

  it('gives the terminal its key and uses the code up', () =>
    expect(pairTerminal(shown, pairRequest.sample, now)).toEqual({
      kind: 'change',
      before: terminal,
      state: { ...terminal, version: 3, keyHash },
      code: { ...code, usedAt: now.toISOString() },
    }));
  it('replaces the key that a terminal has', () =>
    expect(pairTerminal({ ...shown, terminal: { ...terminal, keyHash: HASH } }, pairRequest.sample, now)).toMatchObject({
      kind: 'change',
    }));
  it('is a replay when the same key comes again', () =>
    expect(pairTerminal({ ...shown, code: used, terminal: { ...terminal, keyHash } }, pairRequest.sample, now)).toMatchObject({
      kind: 'keep',
    }));
  it.each<[string, Shown | undefined]>([
    ['unknown', undefined],
    ['used', { ...shown, code: used, terminal: { ...terminal, keyHash: HASH } }],
    ['revoked', { ...shown, code: { ...code, revokedAt: BEFORE } }],
    ['expired', { ...shown, code: { ...code, expiresAt: now.toISOString() } }],
    ["another terminal's", { ...shown, terminal: { ...terminal, terminalSn: 'another' } }],
    ["a suspended terminal's", { ...shown, terminal: { ...terminal, standing: 'suspended' } }],
    ["a suspended merchant's", { ...shown, merchantIsOpen: false }],
  ])('says the very same of a code that is %s', (_case, is) =>
    expect(pairTerminal(is, pairRequest.sample, now)).toEqual({ kind: 'refuse', name: 'pairing-code-invalid', detail: undefined }),
  );
});
