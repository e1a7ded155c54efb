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
  const end = draw(bytes);
  return pool.toString('hex', end - bytes, end);
}

/** The same as bytes, into all of `target` that lies behind `start`. */
export function fillWithRandomId(target: Uint8Array, start: number): void {
  const end = draw(target.length - start);
  for (let at = target.length - 1, from = end - 1; at >= start; at -= 1, from -= 1) target[at] = pool[from] ?? 0;
}

/** Takes so many bytes out of the stock, which are never given out again, and says where they end. */
function draw(bytes: number): number {
  assert(bytes > 0 && bytes <= POOL_BYTES, 'ids are short');
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return used;
}
