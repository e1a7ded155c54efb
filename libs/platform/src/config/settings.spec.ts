import { describe, expect, it } from '@jest/globals';
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
});
