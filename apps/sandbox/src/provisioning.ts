import { newClientSecret, randomToken } from '@tillbridge/kernel';

import type { Credentials } from './data-dir.js';
import { requestJson } from './http.js';

const DIGITS = '0123456789';

/** The gateway's API for operators. */
export interface Admin {
  readonly url: string;
  readonly token: string;
}

/**
 * Makes a developer, a merchant with its token, a terminal and an endpoint, as an operator would for a new customer. The numbers are drawn
 * anew each time, so that an interrupted first start can simply be repeated.
 */
export async function provision(admin: Admin, hostUrl: string): Promise<Credentials> {
  const post = (path: string, body: object): Promise<unknown> => adminPost(admin, path, body);
  const merchantId = `108${randomToken(8, DIGITS)}`;
  const currencyCode = '840';
  const terminalSn = `SIM${randomToken(10, DIGITS)}`;
  const terminalId = randomToken(8, DIGITS);

  const developer = (await post('/developers', { name: 'Sandbox developer' })) as Credentials['developer'];
  const { clientId } = developer;
  await post('/merchants', { clientId, merchantId, name: 'Corner Shop', currencyCode });
  const { token } = (await post('/merchant-tokens', { clientId, merchantId, channel: 'Terminal' })) as { token: string };
  const { key } = (await post('/terminals', { clientId, merchantId, terminalSn, terminalId })) as { key: string };
  const endpoint = { url: hostUrl, signingSecret: newClientSecret() };
  const { endpointId } = (await post('/endpoints', { clientId, merchantId, ...endpoint })) as { endpointId: string };

  return {
    developer: { clientId, clientSecret: developer.clientSecret },
    merchant: { merchantId, token, currencyCode },
    till: { posId: `TILL${randomToken(8, DIGITS)}` },
    terminal: { terminalSn, terminalId, key },
    endpoint: { endpointId, ...endpoint },
  };
}

/**
 * Tells the platform of the host's new address, when its old port was taken. Under its id the endpoint moves; a second one would be pushed to
 * as well, and the old address would be tried for three days.
 */
export async function moveEndpoint(admin: Admin, credentials: Credentials, hostUrl: string): Promise<Credentials> {
  const endpoint = { ...credentials.endpoint, url: hostUrl };
  const { clientId } = credentials.developer;
  const moved = { clientId, merchantId: credentials.merchant.merchantId, ...endpoint };
  // A folder of an earlier start may not know the id yet; it is in the answer.
  const { endpointId } = (await adminPost(admin, '/endpoints', moved)) as { endpointId: string };
  return { ...credentials, endpoint: { ...endpoint, endpointId } };
}

function adminPost(admin: Admin, path: string, body: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${admin.token}` };
  return requestJson({ method: 'POST', url: admin.url + path, headers, body: JSON.stringify(body) });
}
