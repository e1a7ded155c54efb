import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const sound = { TILLBRIDGE_SIMULATOR_HTTP_PORT: '0', TILLBRIDGE_SIMULATOR_TERMINALS_URL: 'ws://127.0.0.1:9001' };

describe('readConfig', () => {
  it('fills in the default host and ignores what is not ours', () => {
    expect(readConfig({ ...sound, HOME: '/root' })).toEqual({
      ok: true,
      config: { httpHost: '127.0.0.1', httpPort: 0, terminalsUrls: ['ws://127.0.0.1:9001'] },
    });
  });

  it('takes a list of replicas', () => {
    const read = readConfig({ ...sound, TILLBRIDGE_SIMULATOR_TERMINALS_URL: 'ws://a:1, wss://b' });
    expect(read).toMatchObject({ ok: true, config: { terminalsUrls: ['ws://a:1', 'wss://b'] } });
  });

  it('reports all problems at once', () => {
    expect(readConfig({ TILLBRIDGE_SIMULATOR_HTTP_PROT: '1', TILLBRIDGE_SIMULATOR_TERMINALS_URL: 'http://a' })).toEqual({
      ok: false,
      problems: [
        expect.stringContaining('TILLBRIDGE_SIMULATOR_HTTP_PROT is not a setting'),
        expect.stringContaining('TILLBRIDGE_SIMULATOR_HTTP_PORT must be'),
        expect.stringContaining('TILLBRIDGE_SIMULATOR_TERMINALS_URL must be'),
      ],
    });
  });

  it.each(['', '-1', '65536', '80a', '8e3', ' 80'])('the port %p is a problem', (port) => {
    expect(readConfig({ ...sound, TILLBRIDGE_SIMULATOR_HTTP_PORT: port }).ok).toBe(false);
  });

  it.each(['', 'ws://a,', 'ws://a,https://b', 'localhost:9001'])('the URL list %p is a problem', (urls) => {
    expect(readConfig({ ...sound, TILLBRIDGE_SIMULATOR_TERMINALS_URL: urls }).ok).toBe(false);
  });
});
