import { isIP } from 'node:net';

const MAX_PREFIX_BITS: Readonly<Record<number, number>> = { 4: 32, 6: 128 };

/**
 * Whose word about a client's address counts: addresses and CIDR blocks, with commas between. A block of all addresses is refused: it would
 * let everybody choose the address that he is counted under.
 */
export function readAddresses(text: string): readonly string[] {
  const addresses = text.split(',').map((part) => part.trim());
  if (!addresses.every(isAddressOrBlock)) throw new TypeError('must be addresses or blocks such as 10.0.0.0/8, several with commas');
  return addresses;
}

function isAddressOrBlock(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const most = MAX_PREFIX_BITS[isIP(address)];
  if (most === undefined || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most);
}
