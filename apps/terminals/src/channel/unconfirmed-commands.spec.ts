import { describe, expect, it } from '@jest/globals';
import { UnconfirmedCommands } from './unconfirmed-commands.js';

describe('unconfirmed commands', () => {
  it('are waited for until they are confirmed, or their time is over', () => {
    const commands = new UnconfirmedCommands();
    commands.sent('confirmed', 1_000);
    commands.sent('early', 1_000);
    commands.sent('late', 1_001);
    commands.confirm('confirmed');
    expect(commands.giveUpWaiting(5_999, 5_000)).toBe(false);
    expect(commands.giveUpWaiting(6_000, 5_000)).toBe(true);
    expect(['confirmed', 'early', 'late'].filter((code) => commands.has(code))).toEqual(['late']);
    expect(commands.giveUpWaiting(6_000, 5_000)).toBe(false);
  });

  it('are remembered from their last sending, and only the last 64', () => {
    const commands = new UnconfirmedCommands();
    commands.sent('again', 0);
    for (let place = 1; place <= 63; place += 1) commands.sent(`code ${place}`, 0);
    commands.sent('again', 1_000);
    commands.sent('one more', 1_000);
    expect(commands.has('code 1')).toBe(false);
    expect(['again', 'code 2'].every((code) => commands.has(code))).toBe(true);
  });
});
