import type { CallerV1 } from '@tillbridge/contracts';

/** A caller to whom everything is open. */
export const someCaller = (more: Partial<CallerV1> = {}): CallerV1 => ({
  clientId: 'c1',
  tokenUid: '0193aa3e-7c1b-7d30-9a51-2f60c1f7a005',
  clientSecrets: ['s'],
  merchantId: 'm1',
  currencyCode: '840',
  channel: 'Terminal',
  unsignedAllowed: true,
  merchantStanding: 'active',
  ...more,
});
