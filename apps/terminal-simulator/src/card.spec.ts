import { describe, expect, it } from '@jest/globals';
import { cardAnswerTo } from './card.js';

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
