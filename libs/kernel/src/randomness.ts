import { randomFillSync } from 'node:crypto';
import { assert } from './assert.js';

/** Some hundred ids. Each call to the system's random source costs as much as answering a tenth of a request. */
const POOL_BYTES = 4_096;

const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** Bytes of the system's random source, drawn in stock and given out once. For ids; secrets are drawn when they are needed and lie nowhere. */
export function randomIdBytes(count: number): Buffer {
  assert(count > 0 && count <= POOL_BYTES, 'ids are short');
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  // A copy: the pool is filled anew under it.
  const drawn = Buffer.from(pool.subarray(used, used + count));
  used += count;
  return drawn;
}
