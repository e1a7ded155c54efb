import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

/** A certificate and its key, as PEM. */
export type SelfSigned = { readonly cert: string; readonly key: string };

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;
const IP_ADDRESS = 0x87;

const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const VERSION_3 = Buffer.from('020102', 'hex');

/** A value of DER: its kind, its length, what is in it. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const utcTime = (at: Date): Buffer => der(UTC_TIME, Buffer.from(`${at.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

/**
 * A certificate for 127.0.0.1 that is good for an hour and signed by itself, with a new key. Node can read certificates but not make them, and
 * a packaged one would be a secret in the repository, with a day on which all tests fail.
 */
export function selfSigned(): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from('127.0.0.1')))));
  const hourMs = 3_600_000;
  const validity = der(SEQUENCE, utcTime(new Date(Date.now() - hourMs)), utcTime(new Date(Date.now() + hourMs)));
  const alternative = der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, der(SEQUENCE, der(IP_ADDRESS, Buffer.from([127, 0, 0, 1])))));
  // The leading byte keeps the number positive.
  const serial = der(INTEGER, Buffer.from([0x01]), randomBytes(8));
  const key = publicKey.export({ type: 'spki', format: 'der' });
  const content = [der(EXPLICIT_0, VERSION_3), serial, algorithm, name, validity, name, key, der(EXPLICIT_3, der(SEQUENCE, alternative))];
  const toBeSigned = der(SEQUENCE, ...content);
  const signature = createSign('sha256').update(toBeSigned).sign(privateKey);
  const certificate = der(SEQUENCE, toBeSigned, algorithm, der(BIT_STRING, Buffer.from([0]), signature));
  const body = certificate.toString('base64').replace(/(.{64})/g, '$1\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
