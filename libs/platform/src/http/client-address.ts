import type { FastifyRequest } from 'fastify';
import { isIP, isIPv4 } from 'node:net';

const GROUPS = 8;
const GROUPS_OF_A_NETWORK = 4;
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * Under what a caller's address is counted: IPv4 as it is, IPv6 by its /64. A single household has 2^64 addresses of the latter, and whoever
 * counted them one by one would count nothing.
 */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const plain = MAPPED.exec(address)?.[1] ?? address.split('%', 1)[0] ?? '';
  if (isIP(plain) !== 6) return plain;
  const [head = '', tail] = plain.toLowerCase().split('::', 2);
  const first = groupsIn(head);
  const last = tail === undefined ? [] : groupsIn(tail);
  const zeros = Array.from({ length: Math.max(0, GROUPS - first.length - last.length) }, () => '0');
  return `${[...first, ...zeros, ...last].slice(0, GROUPS_OF_A_NETWORK).join(':')}::/64`;
}

/** An IPv4 address at the end stands for two groups, which are never in the first half: as one more they are counted right. */
const groupsIn = (text: string): string[] =>
  text === '' ? [] : text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group.replace(/^0+(?=.)/, '')]));

/** Where a call comes from, as a trusted proxy says or else the connection. A proxy that names no address is not followed. */
export function networkOfCaller(request: FastifyRequest): string {
  const named = request.ip;
  if (isIPv4(named)) return named;
  return networkOf(isIP(named.split('%', 1)[0] ?? '') === 0 ? (request.socket.remoteAddress ?? '') : named);
}
