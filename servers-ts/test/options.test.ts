// Flags: defaults, both spellings, and one clear line for each mistake.

import { describe, expect, test } from 'vitest';
import * as options from '../net/options.ts';

let frameSize = 0;

const USAGE: options.Usage = {
  name: 'sample',
  purpose: 'Does nothing.',
  extra: [
    {
      name: '--max-frame-size',
      meaning: 'largest payload',
      fallback: 1000,
      minimum: 256,
      maximum: 2000,
      store: (value) => {
        frameSize = value;
      },
    },
  ],
};

function optionsOf(...args: string[]): options.Options {
  const parsed = options.parse(USAGE, args);
  if (parsed.exitCode !== options.OPTIONS_RUN) throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

function errorOf(...args: string[]): string {
  const parsed = options.parse(USAGE, args);
  if (!('stderr' in parsed)) throw new Error(JSON.stringify(parsed));
  expect(parsed.exitCode).toBe(64);
  return parsed.stderr;
}

describe('valid flags', () => {
  test('all have the defaults of the contract', () => {
    expect(optionsOf()).toEqual({
      host: '127.0.0.1',
      port: 0,
      backlog: 511,
      maxConnections: 10000,
      idleTimeoutMs: 60000,
      drainTimeoutMs: 5000,
      lingerMs: 1000,
      maxPendingBytes: 1048576,
      workers: 1,
      logLevel: 'info',
    });
    expect(frameSize).toBe(1000);
  });

  test('take their value behind a space or behind =, and the last one wins', () => {
    expect(optionsOf('--port', '1', '--port=65535').port).toBe(65535);
    expect(optionsOf('--host=::1', '--log-level', 'debug')).toMatchObject({ host: '::1', logLevel: 'debug' });
    optionsOf('--max-frame-size=2000');
    expect(frameSize).toBe(2000);
  });

  test('may carry zeros in front', () => {
    expect(optionsOf('--port', '0080').port).toBe(80);
  });
});

describe('a number', () => {
  test.each(['', 'abc', '-1', '+1', ' 1', '1 ', '1e3', '0x10', '65536', '99999999999999999999', '1.0'])(
    'is not "%s"',
    (text) => {
      const line = `sample: --port must be a whole number from 0 to 65535, got "${text}" (try --help)\n`;
      expect(errorOf('--port', text)).toBe(line);
      expect(errorOf(`--port=${text}`)).toBe(line);
    },
  );

  test('is in the range of its flag', () => {
    expect(errorOf('--max-frame-size', '255')).toContain('from 256 to 2000, got "255"');
    expect(errorOf('--workers=0')).toContain('--workers must be a whole number from 1 to 64, got "0"');
  });
});

describe('a mistake', () => {
  test.each(['x', 'localhost', '127.0.0', '::1%lo', '[::1]', ''])('in --host: "%s" is no address', (host) => {
    const line = `sample: --host must be an IPv4 or IPv6 address, got "${host}" (try --help)\n`;
    expect(errorOf('--host', host)).toBe(line);
  });

  test.each([
    [['--log-level', 'x'], '--log-level must be error, info or debug, got "x"'],
    [['--foo'], 'unknown option --foo'],
    [['--foo=1'], 'unknown option --foo'],
    [['-p'], 'unknown option -p'],
    [['--port'], '--port needs a value'],
    [['x'], 'unexpected argument "x"'],
    [['--port', '1', 'x y\n'], 'unexpected argument "x y\\x0a"'],
  ])('%j is told in one line', (args, what) => {
    expect(errorOf(...args)).toBe(`sample: ${what} (try --help)\n`);
  });
});

test('--help wins over what follows it', () => {
  expect(options.parse(USAGE, ['--help', '--foo'])).toMatchObject({ exitCode: 0 });
});
