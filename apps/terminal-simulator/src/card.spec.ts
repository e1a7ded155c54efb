import { describe, expect, it } from '@jest/globals';
import { looksLikeFullPan } from '@tillbridge/kernel';
import { fromTerminalResponse, toTerminalRequest } from '@tillbridge/protocol';
import { cardAnswerTo, cardResponse, readPurchase, refusalResponse } from './card.js';

const request = toTerminalRequest({
  transIndexCode: '848981718949036032',
  transType: 'Purchase',
  transScheme: 'Credit',
  callerName: 'Demo',
  amountMinor: 1000,
  currency: '978',
});
const now = new Date('2024-08-12T15:47:59.123Z');

describe('the card', () => {
  it.each([
    [1, '00'],
    [1000, '00'],
    [9000, '00'],
    [9001, '51'],
    [9002, '41'],
    [9003, '54'],
    [9004, '05'],
    [9005, '68'],
    [9006, '00'],
    [999_999_999, '00'],
    [1_000_000_000, '13'],
    [0, '13'],
    [-1, '13'],
    [1.5, '13'],
  ])('answers %d with %s', (amountMinor, respCode) => {
    const answer = cardAnswerTo(amountMinor);
    expect([answer.respCode, answer.approved]).toEqual([respCode, respCode === '00']);
  });
});

describe('readPurchase', () => {
  it('reads amount and currency', () => {
    expect(readPurchase(request)).toEqual({ kind: 'purchase', amountMinor: 1000, currency: '978' });
  });

  it('falls back to the emulator’s currency', () => {
    expect(readPurchase({ TransType: 'Purchase', TransAmount: '5' })).toEqual({ kind: 'purchase', amountMinor: 5, currency: '840' });
  });

  it.each([undefined, '', '10.00', '-5', 'abc', 1000])('the amount %p is one that no card accepts', (TransAmount) => {
    const purchase = readPurchase({ TransType: 'Purchase', TransAmount });
    expect(purchase.kind === 'purchase' && cardAnswerTo(purchase.amountMinor).approved).toBe(false);
  });

  it.each(['Refund', 'Settle', 'purchase', undefined])('%p is not supported', (TransType) => {
    expect(readPurchase({ ...request, TransType })).toEqual({ kind: 'unsupported' });
  });
});

describe('the responses', () => {
  it('an approval has the forms of a real payment app and reads back whole', () => {
    const response = cardResponse(request, 1000, cardAnswerTo(1000), now, 42);
    expect(response).toMatchObject({
      TransIndexCode: '848981718949036032',
      CallerName: 'Demo',
      TransResult: true,
      RespCode: '00',
      RespDesc: '00 APPROVED',
      CardNum: '411111******1111',
      TransAmount: '000000001000',
      TransDate: '20240812',
      TransTime: '154759',
      TraceNum: '000042',
      RRN: '422515000042',
      AuthCode: 'A00042',
    });
    expect(fromTerminalResponse(response)).toMatchObject({ approved: true, amountMinor: 1000, currency: '978', rrn: '422515000042' });
    expect(looksLikeFullPan(JSON.stringify(response))).toBe(false);
  });

  it('a decline has no authorisation', () => {
    const response = cardResponse(request, 9001, cardAnswerTo(9001), now, 1);
    expect(response).toMatchObject({ TransResult: false, RespCode: '51', AuthCode: '' });
    expect(fromTerminalResponse(response)).not.toHaveProperty('authCode');
  });

  it.each([
    ['expired', '-EXPIRED'],
    ['busy', '-BUSY'],
    ['unsupported', '-UNSUPPORTED'],
  ] as const)('a command refused as %s shows no card', (refusal, respCode) => {
    const read = fromTerminalResponse(refusalResponse(request, refusal));
    expect(read).toMatchObject({ approved: false, respCode, transIndexCode: '848981718949036032' });
    expect(read).not.toHaveProperty('cardNo');
  });

  it('echoes no text beyond its limit', () => {
    expect(refusalResponse({ ...request, CallerName: 'x'.repeat(60_000) }, 'busy')['CallerName']).toHaveLength(256);
  });
});
