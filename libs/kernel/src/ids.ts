import { randomInt } from 'node:crypto';
import { assert } from './assert.js';
import { fillWithRandomId } from './randomness.js';

/** How many ordered lanes a context's facts are spread over; see the subject names in docs/ARCHITECTURE.md. */
export const PARTITIONS = 16;

/** The largest value of the 12 bits that follow the version in a UUID v7. */
const MAX_SEQUENCE = 0xfff;
/** A new millisecond starts its sequence in the lower half, so that at least 2048 ids fit behind it. */
const SEQUENCE_START_BELOW = 0x800;
const SEQUENCE_OF_VERSION_7 = 0x7000;
/** The two upper bits of the byte behind them are the variant of RFC 9562. */
const VARIANT = 0x80;
const BELOW_VARIANT = 0x3f;
const [TIME, ORDER, RANDOM, ID_BYTES] = [0, 6, 8, 16];
/** The id that is being made. One call for the digits of all its bytes takes a fraction of the time of one call for each part. */
const id = Buffer.alloc(ID_BYTES);

let lastMs = 0;
let sequence = 0;

/**
 * A new UUID version 7 (RFC 9562): 48 bits of milliseconds, 12 bits of sequence, 62 random bits, in lower case with hyphens.
 * Ids of one process are strictly increasing as text, also when the wall clock steps back: they then stay at the last millisecond seen,
 * and the sequence borrows from the next one when it runs over. Between processes the order is that of their clocks.
 */
export function newId(): string {
  const nowMs = Date.now();
  if (nowMs > lastMs) {
    lastMs = nowMs;
    sequence = randomInt(SEQUENCE_START_BELOW);
  } else if (sequence < MAX_SEQUENCE) {
    sequence += 1;
  } else {
    lastMs += 1;
    sequence = 0;
  }
  id.writeUIntBE(lastMs, TIME, ORDER - TIME);
  id.writeUInt16BE(SEQUENCE_OF_VERSION_7 + sequence, ORDER);
  fillWithRandomId(id, RANDOM);
  id.writeUInt8(VARIANT | (id.readUInt8(RANDOM) & BELOW_VARIANT), RANDOM);
  const hex = id.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const EPOCH_MS = Date.UTC(2020, 0, 1);
/** From here on the milliseconds since the epoch have 12 digits (early 2023) … */
const FIRST_MS = 100_000_000_000;
/** … and from here on they would have 13 (late 2051). */
const AFTER_LAST_MS = 1_000_000_000_000;
const RANDOM_DIGITS = 6;

/**
 * A new platform number for a transaction (`transIndexCode`): 18 decimal digits, never with a leading zero. The first 12 are the
 * milliseconds since 2020-01-01 UTC, so numbers are roughly ordered by time; the last 6 are random. Two numbers of the same millisecond
 * may collide (one in a million), so uniqueness is finally enforced by the database: who stores a number must be ready to draw again.
 * Throws Defect when `now` is before March 2023 or after August 2051.
 */
export function newTransIndexCode(now: Date): string {
  const sinceEpochMs = now.getTime() - EPOCH_MS;
  assert(sinceEpochMs >= FIRST_MS && sinceEpochMs < AFTER_LAST_MS, `no platform number can be made for ${String(now.getTime())} ms`);
  return `${sinceEpochMs}${String(randomInt(10 ** RANDOM_DIGITS)).padStart(RANDOM_DIGITS, '0')}`;
}

const FNV_OFFSET_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The lane of an aggregate: FNV-1a (32 bits) over the UTF-8 bytes of its id, modulo `partitions`. Every process of every release must give the
 * same answer, or the facts of one aggregate would leave their order; so the function never changes.
 * @returns an integer from 0 to `partitions` - 1
 */
export function partitionOf(id: string, partitions: number = PARTITIONS): number {
  assert(Number.isInteger(partitions) && partitions > 0, 'the number of partitions must be a positive integer');
  let hash = FNV_OFFSET_BASIS;
  for (const byte of Buffer.from(id, 'utf8')) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return (hash >>> 0) % partitions;
}
