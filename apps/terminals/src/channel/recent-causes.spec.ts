import { describe, expect, it } from '@jest/globals';
import { RecentCauses } from './recent-causes.js';

const cause = (name: string) => ({ correlationId: name, traceparent: `00-${name}` });

describe('recent causes', () => {
  it('are remembered for the last eight commands', () => {
    const causes = new RecentCauses();
    for (let place = 1; place <= 9; place += 1) causes.remember(`code ${place}`, cause(`payment ${place}`));
    expect(causes.find('code 1')).toBeUndefined();
    expect(causes.find('code 2')).toEqual(cause('payment 2'));
    expect(causes.find('code 9')).toEqual(cause('payment 9'));
  });

  it('live longer when their command is sent again', () => {
    const causes = new RecentCauses();
    causes.remember('again', cause('first'));
    for (let place = 1; place <= 7; place += 1) causes.remember(`code ${place}`, cause('other'));
    causes.remember('again', cause('first'));
    causes.remember('one more', cause('other'));
    expect(causes.find('again')).toEqual(cause('first'));
    expect(causes.find('code 1')).toBeUndefined();
  });
});
