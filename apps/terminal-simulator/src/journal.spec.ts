import { describe, expect, it } from '@jest/globals';
import { Defect } from '@tillbridge/kernel';
import { Journal } from './journal.js';

const response = { TransResult: true };
const numbersOf = (journal: Journal) => journal.unacknowledged().map(({ journalNo }) => journalNo);

describe('the journal', () => {
  it('numbers results from 1 and keeps each until it is acknowledged', () => {
    const journal = new Journal();
    for (const code of ['a', 'b', 'c']) journal.append(code, response);
    expect([journal.lastNo, numbersOf(journal)]).toEqual([3, [1, 2, 3]]);
    journal.acknowledge(2);
    journal.acknowledge(2);
    journal.acknowledge(99);
    expect(numbersOf(journal)).toEqual([1, 3]);
  });

  it('answers for a transaction with its first result, acknowledged or not, and takes no second', () => {
    const journal = new Journal();
    const entry = journal.append('a', response);
    journal.acknowledge(entry.journalNo);
    expect(journal.find('a')).toBe(entry);
    expect(() => journal.append('a', response)).toThrow(Defect);
  });

  it('goes on behind what the server has stored, and never back', () => {
    const journal = new Journal();
    journal.continueAfter(7);
    journal.continueAfter(3);
    expect(journal.append('a', response).journalNo).toBe(8);
  });

  it('forgets acknowledged results past the last 1 000, and unacknowledged ones never', () => {
    const journal = new Journal();
    journal.append('kept', response);
    for (let i = 0; i < 1001; i += 1) journal.acknowledge(journal.append(`t${i}`, response).journalNo);
    expect(journal.find('t0')).toBeUndefined();
    expect(journal.find('t1')).toBeDefined();
    expect(journal.find('kept')).toBeDefined();
    expect(numbersOf(journal)).toEqual([1]);
  });

  it('has a name of its own, by which the server tells it from one that was lost', () => {
    expect(new Journal().id).not.toBe(new Journal().id);
  });

  it('is full with 1 000 results that nobody took', () => {
    const journal = new Journal();
    for (let i = 0; i < 1000; i += 1) journal.append(`t${i}`, response);
    expect(journal.isFull).toBe(true);
    journal.acknowledge(1);
    expect(journal.isFull).toBe(false);
  });
});
