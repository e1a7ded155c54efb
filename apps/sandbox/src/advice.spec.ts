import { describe, expect, test } from '@jest/globals';

import { adviceFor, curlLine } from './advice.js';
import type { Credentials } from './data-dir.js';
import type { SandboxFile } from './sandbox-file.js';

const developer = { clientId: '825429536610058240', clientSecret: 's' };
const merchant = { merchantId: '10800000003', token: 'T', currencyCode: '840' };
const terminal = { terminalSn: 'SN1', terminalId: '00000000', key: 'k' };
const credentials: Credentials = {
  developer,
  merchant,
  till: { posId: 'TILL1' },
  terminal,
  endpoint: { endpointId: 'e', url: 'http://127.0.0.1:3000/hook', signingSecret: 'x' },
};
const file: SandboxFile = {
  gateway: 'http://127.0.0.1:8080',
  terminals: 'ws://127.0.0.1:8081',
  admin: { url: 'http://127.0.0.1:8080/admin/v1', token: 'a' },
  docs: 'http://127.0.0.1:8080/docs',
  developer,
  merchant,
  till: credentials.till,
  terminal,
  host: { url: 'http://127.0.0.1:3000/hook', deliveries: 'http://127.0.0.1:3000/deliveries' },
  simulator: { url: 'http://127.0.0.1:8082' },
  nats: { url: 'nats://127.0.0.1:4222' },
  postgres: { url: 'postgres://127.0.0.1' },
  processes: { transactions: 4711 },
};
const signLine = (dataDir: string): string =>
  adviceFor(file, credentials, dataDir, new Date(0)).find((line) => line.includes('sign.mjs')) ?? '';

describe('what to try next can be pasted as it is', () => {
  test.each([
    ['.tillbridge', 'node tools/sign.mjs internetTrans transAmount=2500 | sh'],
    ['/tmp/a-b_c', 'transAmount=2500 --data-dir /tmp/a-b_c | sh'],
    ['/tmp/my tills', "--data-dir '/tmp/my tills' | sh"],
    ["it's $HOME", String.raw`--data-dir 'it'\''s $HOME' | sh`],
  ])('for the folder %s', (dataDir, expected) => {
    expect(signLine(dataDir)).toContain(expected);
  });

  test('for operators', () => {
    const lines = adviceFor(file, credentials, '/tmp/a-b_c', new Date(0));
    expect(lines).toContain('  npx tillbridge admin terminals list --sandbox /tmp/a-b_c');
    expect(lines.join('\n')).toContain('http://127.0.0.1:8080/docs');
  });

  test('whatever the body of a request holds', () => {
    expect(curlLine({ url: 'http://h/', headers: { sign: 'f' }, body: `{"a":"it's"}` })).toBe(
      String.raw`curl -s http://h/ -H 'sign: f' -d '{"a":"it'\''s"}'`,
    );
  });
});
