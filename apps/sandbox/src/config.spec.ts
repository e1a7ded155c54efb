import { describe, expect, test } from '@jest/globals';

import { readConfig } from './config.js';

describe('the settings of the sandbox', () => {
  test('name running servers, and are optional', () => {
    expect(readConfig({ HOME: '/home/me' })).toEqual({ ok: true, config: { postgresUrl: undefined, natsUrl: undefined } });
    expect(
      readConfig({ TILLBRIDGE_POSTGRES_URL: 'postgres://u:p@h/d', TILLBRIDGE_NATS_URL: 'nats://h', TILLBRIDGE_TEST_RUN: 'x' }),
    ).toEqual({
      ok: true,
      config: { postgresUrl: 'postgres://u:p@h/d', natsUrl: 'nats://h' },
    });
  });

  test.each([
    [{ TILLBRIDGE_POSTGRESS_URL: 'x' }, /^TILLBRIDGE_POSTGRESS_URL is not a setting/],
    [{ TILLBRIDGE_POSTGRES_URL: 'mysql://h' }, /must begin with postgres:/],
    [{ TILLBRIDGE_NATS_URL: 'localhost' }, /must begin with nats:/],
  ])('%j is refused with one sentence that does not show the value', (environment, problem) => {
    expect(readConfig(environment)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });
});
