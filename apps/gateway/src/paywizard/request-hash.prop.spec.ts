import { describe, expect, it } from '@jest/globals';
import type { CallerV1 } from '@tillbridge/contracts';
import fc from 'fast-check';
import { readInitiation } from './initiation-request.js';
import { readObject } from './json-object.js';
import { requestHashOf } from './request-hash.js';
import { someCaller } from '../../test/some-caller.js';

const caller = someCaller();

const request = fc.record(
  {
    tradeNo: fc.stringMatching(/^[A-Za-z0-9]{1,64}$/),
    posId: fc.stringMatching(/^[A-Za-z0-9]{1,64}$/),
    transAmount: fc.integer({ min: 1, max: 999_999_999_999 }),
    currencyCode: fc.constantFrom('840', '458', '978'),
    callerName: fc.stringMatching(/^[a-zé演示/ ]{1,30}$/),
    enableReceipt: fc.boolean(),
  },
  { requiredKeys: ['tradeNo', 'posId', 'transAmount'] },
);

function hashOf(text: string, by: CallerV1 = caller): string {
  const body = readObject(Buffer.from(text));
  const answer = readInitiation(body.outcome === 'done' ? body.value : {}, by, 'production');
  if (answer.outcome !== 'done') throw new Error(`${text} was refused: ${JSON.stringify(answer.refusal)}`);
  return answer.value.requestHash;
}

/** Requests in which a member is not said. */
const requestWithout = (name: string) =>
  request.map((content) => Object.fromEntries(Object.entries(content).filter(([key]) => key !== name)));

const fixed = { clientId: 'c1', merchantId: 'm1', transType: 'Purchase' };

describe('the hash of a request', () => {
  it('does not depend on the order of keys, on white space, escapes, or on whether a value is a number or a text', () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 0, max: 4 }), fc.infiniteStream(fc.boolean()), (content, indent, coin) => {
        const plain = Object.entries({ ...fixed, ...content });
        const members = coin.next().value === true ? plain.reverse() : plain;
        const rewritten = members.map(([key, value]) => [
          key,
          coin.next().value === true && typeof value !== 'string' ? String(value) : value,
        ]);
        const text = JSON.stringify(Object.fromEntries(rewritten), undefined, indent).replaceAll('/', '\\/');
        expect(hashOf(text)).toBe(hashOf(JSON.stringify({ ...fixed, ...content })));
      }),
    );
  });

  it('differs when what is asked for differs', () => {
    fc.assert(
      fc.property(request, request, (one, other) => {
        fc.pre(one.transAmount !== other.transAmount || one.posId !== other.posId || one.tradeNo !== other.tradeNo);
        expect(hashOf(JSON.stringify({ ...fixed, ...one }))).not.toBe(hashOf(JSON.stringify({ ...fixed, ...other })));
      }),
    );
  });

  const hashWith = (content: object, more: object): string => hashOf(JSON.stringify({ ...fixed, ...content, ...more }));

  it('is the same whether a default is said or left out', () => {
    const said = { transScheme: 'Credit', tipAmount: 0, otherAmount: '0', enableReceipt: false, skipConfirmProcedure: 'false' };
    fc.assert(
      fc.property(requestWithout('enableReceipt'), fc.subarray(Object.entries(said)), (content, defaults) => {
        expect(hashWith(content, Object.fromEntries(defaults))).toBe(hashWith(content, {}));
      }),
    );
  });

  it('differs when something else than the default is said', () => {
    const others = [
      { transScheme: 'Debit' },
      { tipAmount: 1 },
      { otherAmount: 1 },
      { enableReceipt: true },
      { skipConfirmProcedure: true },
    ];
    fc.assert(
      fc.property(requestWithout('enableReceipt'), fc.constantFrom(...others), (content, other) => {
        expect(hashWith(content, other)).not.toBe(hashWith(content, {}));
      }),
    );
  });

  it('of a purchase does not depend on what names an original', () => {
    const originals = fc.record(
      {
        oriTransIndexCode: fc.stringMatching(/^\d{18}$/),
        oriTraceNum: fc.stringMatching(/^\d{6}$/),
        oriInvoiceNum: fc.stringMatching(/^[A-Z0-9]{1,12}$/),
        oriTransId: fc.stringMatching(/^\d{13}$/),
        oriRrn: fc.stringMatching(/^\d{12}$/),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(request, originals, (content, named) => {
        expect(hashWith(content, named)).toBe(hashWith(content, {}));
      }),
    );
  });

  it('is that of what was sent: another default currency of the merchant changes nothing, naming one does', () => {
    fc.assert(
      fc.property(requestWithout('currencyCode'), fc.constantFrom('458', '978'), (content, currencyCode) => {
        const text = JSON.stringify({ ...fixed, ...content });
        expect(hashOf(text, { ...caller, currencyCode })).toBe(hashOf(text));
        expect(hashWith(content, { currencyCode: caller.currencyCode })).not.toBe(hashOf(text));
      }),
    );
  });

  it('of a type that has an original depends on it', () => {
    const refund = { clientId: 'c1', posId: 'TILL1', tradeNo: 't1', transType: 'Refund' };
    expect(requestHashOf({ ...refund, oriRrn: '1' })).not.toBe(requestHashOf({ ...refund, oriRrn: '2' }));
  });

  it('is the same with an amount of 0 and with none', () => {
    const settle = { clientId: 'c1', posId: 'TILL1', tradeNo: 't1', transType: 'Settle' };
    expect(requestHashOf({ ...settle, transAmount: 0 })).toBe(requestHashOf(settle));
  });
});
