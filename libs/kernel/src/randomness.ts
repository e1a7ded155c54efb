import { randomFillSync } from 'node:crypto';
import { assert } from './assert.js';

/** Some hundred ids. Each call to the system's random source costs as much as answering a tenth of a request. */
const POOL_BYTES = 4_096;

const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/**
 * Bytes of the system's random source, in lower-case hex, drawn in stock and given out once. For ids; secrets are drawn when they are needed and
 * lie nowhere.
 */
export function randomIdHex(bytes: number): string {
  assert(bytes > 0 && bytes <= POOL_BYTES, 'ids are short');
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const drawn = pool.toString('hex', used, used + bytes);
  used += bytes;
  return drawn;
}
