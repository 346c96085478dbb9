// Deadlines fire in order, not before their time, and an empty list leaves no timer behind.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadline, Deadlines, stop } from '../net/deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function inMs(ms: number): number {
  return performance.now() + ms;
}

test('deadlines fire in order of due time, equal ones in the order in which they were started', () => {
  const fired: string[] = [];
  const list = new Deadlines();
  for (const [name, ms] of [
    ['b', 20],
    ['a', 10],
    ['c', 20],
    ['d', 30],
  ] as const) {
    list.start(new Deadline(() => fired.push(name)), inMs(ms));
  }
  vi.advanceTimersByTime(9);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(30);
  expect(fired).toEqual(['a', 'b', 'c', 'd']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a deadline that is started again has moved', () => {
  const fired: string[] = [];
  const list = new Deadlines();
  const one = new Deadline(() => fired.push('one'));
  list.start(one, inMs(10));
  list.start(new Deadline(() => fired.push('two')), inMs(10));
  vi.advanceTimersByTime(5);
  list.start(one, inMs(10));
  vi.advanceTimersByTime(9);
  expect(fired).toEqual(['two']);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(['two', 'one']);
});

test('a stopped deadline does not fire, and may be stopped again', () => {
  const onDue = vi.fn();
  const list = new Deadlines();
  const deadline = new Deadline(onDue);
  list.start(deadline, inMs(10));
  stop(deadline);
  stop(deadline);
  vi.advanceTimersByTime(100);
  expect(onDue).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

test('a thousand moves arm no more than one timer', () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  const list = new Deadlines();
  const deadlines = Array.from({ length: 10 }, () => new Deadline(() => {}));
  for (let i = 0; i < 1000; i++) list.start(deadlines[i % 10] as Deadline, inMs(10 + i));
  expect(set).toHaveBeenCalledTimes(1);
});

test('a deadline may start another one, or itself again, while it fires', () => {
  let fired = 0;
  const list = new Deadlines();
  const again = new Deadline(() => {
    fired += 1;
    if (fired < 3) list.start(again, inMs(5));
  });
  list.start(again, inMs(5));
  vi.advanceTimersByTime(20);
  expect(fired).toBe(3);
});
