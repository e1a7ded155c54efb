import { BlockList, isIPv6 } from 'node:net';

/** Where a service runs: the sandbox may also push to this machine, and there without TLS. */
export type PushEnvironment = 'sandbox' | 'production';

export type CheckedUrl = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly expected: string };

const HTTPS_PORT = 443;
const HTTP_PORT = 80;
/** Below lie the system's own services (mail, name service, remote shells), which a push must not be able to talk to. */
const FIRST_USER_PORT = 1024;
const MAX_LENGTH = 2048;

/** As the URL parser writes them: it has turned all decimal, octal and hexadecimal spellings into these. */
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
/** Names that mean this machine or the inside of a network (RFC 6761; ICANN keeps `internal` for private use). */
const INSIDE_NAME = /(^|\.)(localhost|internal)$/;

/** Addresses that are not of the public internet (IANA special-purpose registries). The list also finds them mapped into IPv6. */
const inside = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // shared by carriers; some clouds keep their metadata here
  ['127.0.0.0', 8],
  ['169.254.0.0', 16], // link-local, and the metadata service of most clouds
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4],
] as const) {
  inside.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 96], // unspecified, loopback, IPv4-compatible
  ['64:ff9b::', 96], // IPv4 behind NAT64
  ['64:ff9b:1::', 48],
  ['2001::', 32], // IPv4 behind Teredo
  ['2002::', 16], // IPv4 behind 6to4
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(network, prefix, 'ipv6');
}

/**
 * Whether results may be pushed to this URL (docs/DECISIONS.md, "Callback and push"): https, no credentials, port 443 or from 1024 on, no
 * address or name of the inside; in the sandbox also http and https to this machine. It looks at the text alone: where a name leads to is
 * known only when it is resolved. Checked when a URL is first heard of and again before each attempt, for rules may have changed since.
 */
export function checkPushUrl(text: string, environment: PushEnvironment): CheckedUrl {
  const url = URL.parse(text);
  if (url === null || text.length > MAX_LENGTH) return refuse(`an absolute URL of at most ${MAX_LENGTH} characters`);
  const expected = expectedOf(url, environment);
  return expected === undefined ? { ok: true, url } : refuse(expected);
}

/** What is expected where the URL breaks a rule; undefined when it breaks none. */
function expectedOf(url: URL, environment: PushEnvironment): string | undefined {
  const isThisMachine = environment === 'sandbox' && LOOPBACK.test(url.hostname);
  if (url.username !== '' || url.password !== '') return 'no credentials';
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isThisMachine)) {
    return environment === 'sandbox' ? 'https, or http to this machine' : 'https';
  }
  if (!isPortAllowed(portOf(url))) return `port ${HTTPS_PORT}, or one from ${FIRST_USER_PORT} on`;
  return isThisMachine || isPublic(url.hostname) ? undefined : 'a public host';
}

const refuse = (expected: string): CheckedUrl => ({ ok: false, expected });

const portOf = (url: URL): number => (url.port === '' ? (url.protocol === 'https:' ? HTTPS_PORT : HTTP_PORT) : Number(url.port));

const isPortAllowed = (port: number): boolean => port === HTTPS_PORT || port >= FIRST_USER_PORT;

/** @param hostname as the URL parser writes it: lower case, IPv6 in brackets, and perhaps with the dot of the root */
function isPublic(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '');
  const address = name.replace(/^\[|\]$/g, '');
  if (isIPv6(address)) return !inside.check(address, 'ipv6');
  return IPV4.test(name) ? !inside.check(name, 'ipv4') : !INSIDE_NAME.test(name);
}
