import { describe, expect, it } from '@jest/globals';
import { issueMerchantToken, revokeMerchantToken } from '@tillbridge/contracts';
import { issueToken, revokeToken, type Token } from './token.js';

const request = issueMerchantToken.sample;
const now = new Date('2026-11-01T09:00:00.000Z');
const LATER = '2026-11-01T09:00:00.001Z';
const merchant = { isOpen: true, terminalPolicy: 'enrolled-only' as const };
const token: Token = { ...request, version: 1 };

describe('a merchant token', () => {
  it('needs its merchant', () =>
    expect(issueToken({ merchant: undefined, known: undefined }, request, now)).toMatchObject({ kind: 'refuse', name: 'not-yours' }));
  it('is issued, for ever or for a time', () => {
    expect(issueToken({ merchant, known: undefined }, request, now)).toEqual({ kind: 'create', state: token });
    expect(issueToken({ merchant, known: undefined }, { ...request, expiresAt: LATER }, now)).toMatchObject({
      state: { expiresAt: LATER },
    });
  });
  it.each(['2026-11-01T09:00:00.000Z', '2026-13-01T09:00:00.000Z'])('is not issued when it would end at %s', (expiresAt) =>
    expect(issueToken({ merchant, known: undefined }, { ...request, expiresAt }, now)).toMatchObject({ name: 'invalid-field' }),
  );
  it('of a suspended merchant is only issued to an operator', () => {
    const closed = { merchant: { ...merchant, isOpen: false }, known: undefined };
    expect(issueToken(closed, request, now)).toMatchObject({ kind: 'refuse', name: 'not-yours' });
    expect(issueToken(closed, { ...request, by: 'olga' }, now)).toMatchObject({ kind: 'create' });
  });
  it('is kept when the request is repeated, also after its end', () => {
    expect(issueToken({ merchant, known: token }, request, now)).toEqual({ kind: 'keep' });
    const ended = { expiresAt: '2026-11-01T08:00:00.000Z' };
    expect(issueToken({ merchant, known: { ...token, ...ended } }, { ...request, ...ended }, now)).toEqual({ kind: 'keep' });
  });
  it.each([
    { tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a0ff' },
    { tokenHash: 'a'.repeat(64) },
    { clientId: 'other' },
    { merchantId: 'other' },
    { channel: 'eCommerce' as const },
    { expiresAt: LATER },
  ])('never takes the place of another (%j)', (other) =>
    expect(issueToken({ merchant, known: { ...token, ...other } }, request, now)).toMatchObject({ kind: 'refuse', name: 'invalid-field' }),
  );

  it('is taken back once and for ever', () => {
    const revoked = { ...token, version: 2, revokedAt: now.toISOString() };
    expect(revokeToken(token, revokeMerchantToken.sample, now)).toEqual({ kind: 'change', before: token, state: revoked });
    expect(revokeToken(revoked, revokeMerchantToken.sample, new Date(LATER))).toEqual({ kind: 'keep' });
    expect(revokeToken(undefined, revokeMerchantToken.sample, now)).toMatchObject({ kind: 'refuse', name: 'record-unknown' });
    expect(issueToken({ merchant, known: revoked }, request, now)).toMatchObject({ kind: 'refuse', name: 'record-conflict' });
  });
});
