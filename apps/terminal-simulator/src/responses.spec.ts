import { describe, expect, it } from '@jest/globals';
import { fromTerminalResponse } from '@tillbridge/protocol';
import { refusalResponse } from './responses.js';

const request = { TransType: 'Purchase', TransIndexCode: '848981718949036032', TransAmount: '1000' };

describe('the answer of a terminal that carried nothing out', () => {
  it.each([
    ['expired', '-EXPIRED'],
    ['busy', '-BUSY'],
    ['unsupported', '-UNSUPPORTED'],
    ['power-lost', '-EXPIRED'],
    ['cancelled', 'FF'],
    ['cancelled-by-buyer', 'FF'],
    ['no-card', 'FF'],
  ] as const)('%s has %s and no card', (refusal, respCode) => {
    const read = fromTerminalResponse(refusalResponse(request, refusal));
    expect(read).toMatchObject({ approved: false, respCode, transIndexCode: '848981718949036032' });
    expect(read).not.toHaveProperty('cardNo');
    expect(read).not.toHaveProperty('authCode');
  });

  it('says what the vendor’s texts say', () => {
    expect(refusalResponse(request, 'cancelled')['RespDesc']).toMatch(/cancel/i);
    expect(refusalResponse(request, 'cancelled-by-buyer')['RespDesc']).toMatch(/cancel/i);
    expect(refusalResponse(request, 'no-card')['RespDesc']).toMatch(/timeout/i);
  });

  it('echoes no text beyond its limit', () => {
    expect(refusalResponse({ ...request, CallerName: 'x'.repeat(60_000) }, 'busy')['CallerName']).toHaveLength(256);
  });
});
