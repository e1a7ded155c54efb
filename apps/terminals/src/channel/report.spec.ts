import { describe, expect, it } from '@jest/globals';
import { terminalReported } from '@tillbridge/contracts';
import { readResponse, storable, toResult } from './report.js';

const response = {
  TransResult: true,
  RespCode: '00',
  RespDesc: '00 APPROVED',
  CardNum: '4111111111111111',
  TransAmount: '000000001000',
  TransDate: '20261101',
  TransTime: '100002',
  EntryMode: 7,
  AuthCode: '012345',
  MID: '888800000000001',
};

describe('a terminal’s answer', () => {
  it('becomes the result that the fact carries', () => {
    expect(toResult(readResponse(response))).toEqual({
      approved: true,
      respCode: '00',
      respDesc: '00 APPROVED',
      authCode: '012345',
      cardNo: '411111******1111',
      entryMode: 7,
      amountMinor: 1000,
      tranTime: '2026-11-01 10:00:02',
    });
  });

  it.each([
    {},
    response,
    { TransResult: 'false', CardNum: '12345', RespCode: 51 },
    { TransResult: 'yes', TransDate: '20261101', TransAmount: -1 },
  ])('always fits the contract of the fact, or it would come again for ever: %j', (answer) => {
    const fact = { ...terminalReported.sample, result: toResult(readResponse(answer)) };
    expect(terminalReported.validate(fact)).toMatchObject({ ok: true });
  });

  it('keeps its date only together with its time', () => {
    expect(toResult(readResponse({ TransResult: false, TransDate: '20261101' }))).toEqual({ approved: false });
  });

  it('loses the characters that PostgreSQL cannot store', () => {
    expect(storable('a\0b\ud800c')).toBe('ab\ufffdc');
    expect(readResponse({ TransResult: false, RespDesc: 'NO\0 FUNDS' })).toEqual({ approved: false, respDesc: 'NO FUNDS' });
  });
});
