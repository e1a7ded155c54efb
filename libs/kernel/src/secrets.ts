import { createCipheriv, createDecipheriv, createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { assert, Defect } from './assert.js';
import { newTransIndexCode } from './ids.js';

/** A text that must not reach a log, an error or an answer by accident: printing it in any of the usual ways gives `***`. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself. The one place to search for when asking where a secret is used. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '***';
  }
}

/** SHA-256 of the UTF-8 text, as 64 lower-case hex digits. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Whether two texts are equal, in a time that depends on neither where they differ nor whether their lengths do: their hashes are compared. */
export function equalInConstantTime(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
  return timingSafeEqual(hash(a), hash(b));
}

/** `length` characters drawn evenly from `alphabet` by the system's random source. */
export function randomToken(length: number, alphabet: string): string {
  assert(alphabet.length >= 2, 'an alphabet needs at least two characters');
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}

const UPPER_ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const MERCHANT_TOKEN_LENGTH = 32;
const CLIENT_SECRET_BYTES = 16;
const TERMINAL_KEY_BYTES = 32;
/** Letters and digits that nobody takes for one another, read aloud or off a receipt: without 0 and O, 1, I and L. 31^8 is 8.5 × 10^11 codes. */
const PAIRING_ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';
const PAIRING_CODE_LENGTH = 8;

/** A merchant token (`jwt-token` of the Paywizard dialect): 32 upper-case letters and digits. */
export function newMerchantToken(): string {
  return randomToken(MERCHANT_TOKEN_LENGTH, UPPER_ALPHANUMERIC);
}

/** A developer's secret (`clientSecret`): 32 lower-case hex digits. */
export function newClientSecret(): string {
  return randomBytes(CLIENT_SECRET_BYTES).toString('hex');
}

/** The key a terminal shows when it connects: 256 bits as 43 characters of base64url. */
export function newTerminalKey(): string {
  return randomBytes(TERMINAL_KEY_BYTES).toString('base64url');
}

/** A single-use code that a person types into a terminal: 8 characters without look-alikes. What is kept of it is the hash of this very form. */
export function newPairingCode(): string {
  return randomToken(PAIRING_CODE_LENGTH, PAIRING_ALPHABET);
}

/** A pairing code as people type it, in the form in which it was made: case, blanks and hyphens do not count. */
export function normalisePairingCode(typed: string): string {
  return typed.replace(/[\s-]/g, '').toUpperCase();
}

/** An id of the platform in the form the dialect uses for `clientId`: 18 digits, made and limited like a transaction number. */
export function newPlatformId(now: Date): string {
  return newTransIndexCode(now);
}

const FORMAT = 'v1';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Encrypts secrets at rest with AES-256-GCM. A sealed value is the text `v1.<key id>.<base64url of nonce, tag, ciphertext>`: it names its key, so
 * that keys can be rotated by sealing values again one after the other while old ones still open. Every value has its own random nonce.
 */
export class SecretBox {
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #currentKeyId: string;

  /**
   * @param keys 32-byte keys by id (1 to 32 letters, digits, `_`, `-`)
   * @param currentKeyId the key that new values are sealed with
   */
  constructor(keys: ReadonlyMap<string, Uint8Array>, currentKeyId: string) {
    assert(keys.has(currentKeyId), `no key for the current key id ${currentKeyId}`);
    for (const [keyId, key] of keys) {
      assert(KEY_ID.test(keyId), `bad key id ${keyId}`);
      assert(key.byteLength === KEY_BYTES, `key ${keyId} must have ${KEY_BYTES} bytes`);
    }
    this.#keys = new Map(keys);
    this.#currentKeyId = currentKeyId;
  }

  seal(plain: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.#currentKeyId), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associatedData(this.#currentKeyId));
    const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `${FORMAT}.${this.#currentKeyId}.${Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url')}`;
  }

  /** Throws {@link Defect} when the key id is unknown or a single character of the sealed value is not as it was written. */
  open(sealed: string): Secret {
    const [format, keyId, content, ...rest] = sealed.split('.');
    assert(format === FORMAT && keyId !== undefined && content !== undefined && rest.length === 0, 'not a sealed value');
    const bytes = Buffer.from(content, 'base64url');
    // Base64url has spare bits at its end which decoding ignores: only the one spelling that we write counts.
    assert(bytes.toString('base64url') === content && bytes.length >= NONCE_BYTES + TAG_BYTES, 'not a sealed value');
    const decipher = createDecipheriv('aes-256-gcm', this.#key(keyId), bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(associatedData(keyId));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const start = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    try {
      return new Secret(Buffer.concat([start, decipher.final()]).toString('utf8'));
    } catch (error) {
      throw new Defect(`a value sealed with key ${keyId} does not open: wrong key or changed value`, { cause: error });
    }
  }

  #key(keyId: string): Uint8Array {
    const key = this.#keys.get(keyId);
    assert(key !== undefined, `no key with id ${keyId}`);
    return key;
  }
}

/** Binds the key id and the format to the ciphertext, so that neither can be swapped. */
function associatedData(keyId: string): Buffer {
  return Buffer.from(`${FORMAT}.${keyId}`, 'utf8');
}
