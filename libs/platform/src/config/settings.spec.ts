import { describe, expect, it } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, databaseSettings, readSettings, serviceSettings, setting } from './settings.js';

const minimal = { TILLBRIDGE_NATS_URL: 'nats://127.0.0.1:4222', TILLBRIDGE_POSTGRES_URL: 'postgres://u:hush-hush@127.0.0.1/d' };

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('reads what is given and falls back for the rest', () => {
    const settings = readSettings({ ...minimal, TILLBRIDGE_HTTP_PORT: '0', HOME: '/root' }, { ...serviceSettings, ...databaseSettings });
    expect(settings).toMatchObject({ httpPort: 0, logLevel: 'info', environment: 'production', exitWithParent: false });
    expect(settings.postgresUrl.reveal()).toBe(minimal.TILLBRIDGE_POSTGRES_URL);
  });

  it('reports every problem at once and shows no value', () => {
    const problems = problemsOf(() =>
      readSettings(
        { TILLBRIDGE_HTTP_PORT: '70000', TILLBRIDGE_LOG_LEVEL: 'loud', TILLBRIDGE_NATS_URL: 'http://hush-hush', TILLBRIDGE_HTP_PORT: '1' },
        { ...serviceSettings, ...databaseSettings },
      ),
    );
    expect(problems).toEqual([
      'TILLBRIDGE_HTTP_PORT must be a whole number from 0 to 65535',
      'TILLBRIDGE_LOG_LEVEL must be one of error, warn, info, debug',
      'TILLBRIDGE_NATS_URL must be a URL with nats: or tls:',
      'TILLBRIDGE_POSTGRES_URL is missing',
      'TILLBRIDGE_HTP_PORT is not a setting of this service',
    ]);
    expect(problems.join()).not.toContain('hush-hush');
  });

  it('prints secrets as stars', () => {
    const settings = readSettings(minimal, { ...serviceSettings, ...databaseSettings });
    expect(JSON.stringify(settings)).not.toContain('hush-hush');
  });

  it('takes several secret keys, the first to seal with', () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const { keys } = readSettings(
      { TILLBRIDGE_SECRETS_KEYS: `new:${key},old:${key}` },
      { keys: setting.secretKeys('TILLBRIDGE_SECRETS_KEYS') },
    );
    expect(keys.current).toBe('new');
    expect([...keys.keys.keys()]).toEqual(['new', 'old']);
  });

  it.each(['', 'a', 'a:short', `a:${Buffer.alloc(31).toString('base64')}`])('refuses the secret keys %p', (text) => {
    const read = () => readSettings({ TILLBRIDGE_SECRETS_KEYS: text }, { keys: setting.secretKeys('TILLBRIDGE_SECRETS_KEYS') });
    expect(problemsOf(read)).toHaveLength(1);
  });

  describe('of TLS', () => {
    const [cert, key] = ['TILLBRIDGE_TLS_CERT_FILE', 'TILLBRIDGE_TLS_KEY_FILE'];
    const pem = join(mkdtempSync(join(tmpdir(), 'tillbridge-settings-')), 'a.pem');
    writeFileSync(pem, '-----BEGIN PRIVATE KEY-----\nhush-hush\n-----END PRIVATE KEY-----\n');
    const problems = (given: object): readonly string[] =>
      problemsOf(() => readSettings({ ...minimal, ...given }, { ...serviceSettings, ...databaseSettings }));

    it('are both there or neither', () => {
      expect(problems({})).toEqual([]);
      expect(problems({ [cert]: pem, [key]: pem })).toEqual([]);
      expect(problems({ [cert]: pem })).toEqual([`${cert} needs ${key}`]);
      expect(problems({ [key]: pem, [cert]: '' })).toEqual([`${key} needs ${cert}`]);
    });

    it('name files of PEM, whose content does not show', () => {
      expect(problems({ [cert]: '/no/such/file', [key]: join(process.cwd(), 'package.json') })).toEqual([
        `${cert} cannot be read`,
        `${key} must name a file of PEM`,
      ]);
      const settings = readSettings({ ...minimal, [cert]: pem, [key]: pem }, { ...serviceSettings, ...databaseSettings });
      expect(settings.tlsKey?.reveal()).toContain('hush-hush');
      expect(JSON.stringify(settings)).not.toContain('hush-hush');
    });
  });

  it.each([
    ['10.0.0.1', ['10.0.0.1']],
    ['10.0.0.0/8, 2001:db8::/32,::1', ['10.0.0.0/8', '2001:db8::/32', '::1']],
  ])('takes the trusted proxies %p', (text, addresses) => {
    expect(readSettings({ P: text }, { p: setting.addresses('P') })).toEqual({ p: addresses });
  });

  it.each(['localhost', '10.0.0.0/33', '0.0.0.0/0', '::/0', '10.0.0.1,', '1.2.3.4/8/8', '1.2.3.4/'])(
    'refuses the trusted proxies %p',
    (text) => {
      expect(problemsOf(() => readSettings({ P: text }, { p: setting.addresses('P') }))).toHaveLength(1);
    },
  );
});
