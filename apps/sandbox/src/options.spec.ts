import { describe, expect, test } from '@jest/globals';

import { parseOptions } from './options.js';

const defaults = { once: false, port: 8080, dataDir: '.tillbridge', reset: false, help: false };

describe('the options of npm start', () => {
  test.each([
    [[], defaults],
    [['--once'], { ...defaults, once: true }],
    [['--port', '9000', '--reset'], { ...defaults, port: 9000, reset: true }],
    [['--port=9000', '--data-dir=/tmp/a=b'], { ...defaults, port: 9000, dataDir: '/tmp/a=b' }],
    [['--help'], { ...defaults, help: true }],
  ])('%j is understood', (args, options) => {
    expect(parseOptions(args)).toEqual({ ok: true, options });
  });

  test.each([
    [['--prot', '9000'], '--prot is not an option; npm start -- --help lists them all.'],
    [['now'], 'now is not an option; npm start -- --help lists them all.'],
    [['--port'], '--port needs a value; npm start -- --help shows how.'],
    [['--data-dir', '--once'], '--data-dir needs a value; npm start -- --help shows how.'],
    [['--port', '0'], '--port must be a whole number from 1 to 65535, not 0.'],
    [['--port', '70000'], '--port must be a whole number from 1 to 65535, not 70000.'],
    [['--port', '80a'], '--port must be a whole number from 1 to 65535, not 80a.'],
  ])('%j is refused with one sentence', (args, problem) => {
    expect(parseOptions(args)).toEqual({ ok: false, problem });
  });
});
