// A GENERATE becomes frames one by one, and what was added behind it follows in order.

import { expect, test } from 'vitest';
import * as replies from '../wire/replies.ts';

/** The next frame as hex, header and payload joined. */
function nextHex(waiting: replies.Replies): string {
  const { headerLength, bytes, start, end } = replies.next(waiting);
  return replies.header.toString('hex', 0, headerLength) + bytes.toString('hex', start, end);
}

test('a GENERATE is cut into frames of the given size, the last one with END', () => {
  const waiting = new replies.Replies(4);
  replies.addGenerate(waiting, 0x0102, 10);
  expect(nextHex(waiting)).toBe(`0000000483000102${'00010203'}`);
  expect(nextHex(waiting)).toBe(`0000000483000102${'04050607'}`);
  expect(replies.isEmpty(waiting)).toBe(false);
  expect(nextHex(waiting)).toBe(`0000000283010102${'0809'}`);
  expect(replies.isEmpty(waiting)).toBe(true);
});

test('a GENERATE of nothing is one empty frame with END', () => {
  const waiting = new replies.Replies(4);
  replies.addGenerate(waiting, 1, 0);
  expect(nextHex(waiting)).toBe('0000000083010001');
  expect(replies.isEmpty(waiting)).toBe(true);
});

test('byte k of the stream is k mod 251, whatever the size of the frames', () => {
  for (const frameBytes of [1, 250, 251, 252, 256, 65536]) {
    const waiting = new replies.Replies(frameBytes);
    replies.addGenerate(waiting, 1, 70000);
    const whole: Buffer[] = [];
    while (!replies.isEmpty(waiting)) {
      const { bytes, start, end } = replies.next(waiting);
      whole.push(bytes.subarray(start, end));
    }
    const stream = Buffer.concat(whole);
    expect(stream.length).toBe(70000);
    expect(stream.findIndex((byte, k) => byte !== k % 251)).toBe(-1);
  }
});

test('what is added behind a GENERATE follows it in order, and is counted while it waits', () => {
  const waiting = new replies.Replies(4);
  replies.addGenerate(waiting, 1, 1);
  replies.add(waiting, Buffer.from('abcd'));
  replies.addGenerate(waiting, 2, 0);
  replies.add(waiting, Buffer.from('ef'));
  expect(waiting.bytes).toBeGreaterThanOrEqual(6);
  expect([1, 2, 3, 4].map(() => nextHex(waiting))).toEqual([
    '000000018301000100',
    '61626364',
    '0000000083010002',
    '6566',
  ]);
  expect([replies.isEmpty(waiting), waiting.bytes]).toEqual([true, 0]);
});

test('clear leaves nothing', () => {
  const waiting = new replies.Replies(4);
  replies.addGenerate(waiting, 1, 100);
  replies.add(waiting, Buffer.from('abcd'));
  replies.clear(waiting);
  expect([replies.isEmpty(waiting), waiting.bytes]).toEqual([true, 0]);
});
