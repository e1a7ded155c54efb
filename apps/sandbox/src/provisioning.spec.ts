import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';

import { type Admin, moveEndpoint, provision } from './provisioning.js';

const ENDPOINT_ID = '0193aa3e-7c1b-7d30-9a51-2f60c1f7a006';
const made: Readonly<Record<string, object>> = {
  '/developers': { clientId: '825429536610058240', clientSecret: 's' },
  '/merchant-tokens': { token: 't' },
  '/terminals': { key: 'k' },
  '/endpoints': { endpointId: ENDPOINT_ID },
};

let server: Server;
let admin: Admin;
/** What the operators' API was asked for, oldest first. */
let asked: { path: string; body: unknown }[];

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    const path = request.url ?? '';
    void json(request).then((body) => {
      asked.push({ path, body });
      response.writeHead(201).end(JSON.stringify(made[path] ?? {}));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  admin = { url: `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`, token: 'operators-only' };
});

afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

describe("the host's endpoint", () => {
  test('is remembered under its id, and moves under it instead of becoming a second one', async () => {
    const credentials = await provision(admin, 'http://127.0.0.1:3000/hook');
    expect(credentials.endpoint).toMatchObject({ endpointId: ENDPOINT_ID, url: 'http://127.0.0.1:3000/hook' });
    const moved = await moveEndpoint(admin, credentials, 'http://127.0.0.1:4000/hook');
    expect(moved.endpoint).toEqual({ ...credentials.endpoint, url: 'http://127.0.0.1:4000/hook' });
    expect(asked.at(-1)).toEqual({
      path: '/endpoints',
      body: { clientId: '825429536610058240', merchantId: credentials.merchant.merchantId, ...moved.endpoint },
    });
  });
});
