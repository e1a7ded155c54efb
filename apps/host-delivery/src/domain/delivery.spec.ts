import { describe, expect, it } from '@jest/globals';
import { targetsOf } from './delivery.js';

const url = 'https://host.example/hook';
const endpoint = { endpointId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a006', url, isEnabled: true };

describe('the receivers of a result', () => {
  it('are nobody when nobody asked', () => expect(targetsOf([], undefined)).toEqual([]));
  it('are not made of an empty callBackUrl, which means none', () => expect(targetsOf([], '')).toEqual([]));
  it('are every endpoint, disabled ones as well, each in its own lane', () => {
    const other = { endpointId: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a009', url, isEnabled: false };
    expect(targetsOf([endpoint, other], undefined)).toEqual([
      { ...endpoint, lane: endpoint.endpointId },
      { ...other, lane: other.endpointId },
    ]);
  });
  it('are endpoint and callback, each for itself, also under one URL; callbacks share a lane per origin', () => {
    expect(targetsOf([endpoint], url)).toEqual([
      { ...endpoint, lane: endpoint.endpointId },
      { url, lane: 'callback https://host.example', isEnabled: true },
    ]);
  });
  it('include a callback whose URL is none, so that its failure leaves a trace', () => {
    expect(targetsOf([], 'nonsense')).toEqual([{ url: 'nonsense', lane: 'callback nowhere', isEnabled: true }]);
  });
});
