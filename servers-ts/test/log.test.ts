// Log lines: quoting, addresses, the limit of ten a second, and a stderr that takes nothing.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as log from '../net/log.ts';

const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.advanceTimersByTime(10_000);
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    lines.push(String(line));
    return true;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a line begins with the event, and quotes what is not plain', () => {
  log.info('start', { host: '::1', port: 80, text: 'a "b" \\\u00e9\n', empty: '' });
  expect(lines).toEqual([
    'event=start host=::1 port=80 text="a \\x22b\\x22 \\x5c\\xc3\\xa9\\x0a" empty=""\n',
  ]);
});

test('an IPv6 address stands in brackets, an IPv4 one of a dual-stack socket does not', () => {
  expect(log.address('::1', 80)).toBe('[::1]:80');
  expect(log.address('::ffff:127.0.0.1', 80)).toBe('127.0.0.1:80');
  expect(log.address('127.0.0.1', 80)).toBe('127.0.0.1:80');
});

test('ten errors a second are printed, and the next line counts what was left out', () => {
  for (let i = 0; i < 15; i++) log.error('violation', { code: i });
  expect(lines).toHaveLength(10);
  vi.advanceTimersByTime(1000);
  log.error('violation', { code: 99 });
  log.error('violation', { code: 100 });
  expect(lines.slice(10)).toEqual(['event=violation code=99 suppressed=5\n', 'event=violation code=100\n']);
});

test('what the level hides is not printed', () => {
  log.debug('open', { peer: 'x' });
  expect(lines).toEqual([]);
  expect([log.isShown('error'), log.isShown('info'), log.isShown('debug')]).toEqual([true, true, false]);
});

test('lines are dropped while stderr has too much to write', () => {
  Object.defineProperty(process.stderr, 'writableLength', { configurable: true, value: 65536 });
  log.info('start', {});
  Reflect.deleteProperty(process.stderr, 'writableLength'); // the inherited one is back
  expect(lines).toEqual([]);
  log.info('start', {});
  expect(lines).toEqual(['event=start\n']);
});

test('a long line is cut to 1,024 bytes, its end included', () => {
  log.info('start', { text: 'x'.repeat(5000) });
  expect(lines[0]).toHaveLength(1024);
  expect(lines[0]?.endsWith('x\n')).toBe(true);
});

test('a system call that failed is named with its errno', () => {
  log.callFailed('accept', Object.assign(new Error('no'), { code: 'EMFILE' }));
  expect(lines).toEqual(['event=error call=accept errno=EMFILE\n']);
});
