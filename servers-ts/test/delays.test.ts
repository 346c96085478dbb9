// Held replies come out by due time, and equal times in the order in which they were added.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as delays from '../wire/delays.ts';

test('replies come out by due time, equal ones in the order in which they were added', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5), { maxLength: 60 }), (times) => {
      const held = new delays.Delays();
      for (const [i, dueMs] of times.entries()) delays.add(held, dueMs, Buffer.of(i));
      expect([held.count, held.bytes]).toEqual([times.length, times.length]);
      const out: number[] = [];
      for (let due = delays.take(held); due !== undefined; due = delays.take(held))
        out.push(due.frame[0] ?? -1);
      const expected = [...times.keys()].sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
      expect(out).toEqual(expected);
      expect([held.count, held.bytes]).toEqual([0, 0]);
    }),
  );
});

test('the first one is looked at without being taken', () => {
  const held = new delays.Delays();
  expect(delays.first(held)).toBeUndefined();
  delays.add(held, 2, Buffer.from('late'));
  delays.add(held, 1, Buffer.from('soon'));
  expect(delays.first(held)?.frame.toString()).toBe('soon');
  expect(held.count).toBe(2);
});

test('clear leaves nothing', () => {
  const held = new delays.Delays();
  delays.add(held, 1, Buffer.from('abc'));
  delays.clear(held);
  expect([held.count, held.bytes, delays.take(held)]).toEqual([0, 0, undefined]);
});
