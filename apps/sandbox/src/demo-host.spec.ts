import { freePort } from '@tillbridge/launcher';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

import { DemoHost } from './demo-host.js';

let host: DemoHost;
let url: string;

beforeEach(async () => {
  const port = await freePort();
  host = await DemoHost.start(port);
  url = `http://127.0.0.1:${port}`;
});

afterEach(() => host.stop());

describe('the demo host', () => {
  test('lists what it was sent, newest first, each with headers, exact body and time', async () => {
    for (const body of ['{"n":1}', '{"n": 2}']) {
      expect((await fetch(`${url}/hook`, { method: 'POST', body, headers: { 'webhook-id': body } })).status).toBe(200);
    }
    const listed = (await (await fetch(`${url}/deliveries`)).json()) as { body: string; receivedAt: string; headers: object }[];
    expect(listed.map(({ body }) => body)).toEqual(['{"n": 2}', '{"n":1}']);
    expect(listed[0]).toMatchObject({ headers: { 'webhook-id': '{"n": 2}' }, receivedAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) });
  });

  test('takes nothing else', async () => {
    expect((await fetch(`${url}/elsewhere`, { method: 'POST', body: 'x' })).status).toBe(404);
    expect((await fetch(`${url}/hook`, { method: 'POST', body: 'x'.repeat(300_000) }).catch(() => ({ status: 413 }))).status).toBe(413);
    expect(host.deliveries).toEqual([]);
  });
});
