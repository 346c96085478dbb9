// The frames that replies are made of, and a GENERATE as a state that produces them one at a time.
//
// Given: exercise 05 was to write this. It sends nothing and knows no connection.

import { encode } from './codec.ts';

export const ECHO = 0x01;
export const DISCARD = 0x02;
export const GENERATE = 0x03;
export const DELAY = 0x04;
const REPLY = 0x80; // a reply has the type of its request with this bit set
const END = 0x01; // the flag of the last frame of a GENERATE

const GENERATE_FRAME_BYTES = 65_536;
const PERIOD = 251; // byte k of a GENERATE is k mod this
const PATTERN = Buffer.from(Array.from({ length: GENERATE_FRAME_BYTES + PERIOD }, (_, k) => k % PERIOD));

/** A GENERATE that is not finished: what is left to do, in place of the bytes that it will be. */
export interface Generating {
  id: number;
  count: number;
  made: number;
}

/** The whole reply to a request of this type. */
export function reply(type: number, id: number, payload: Buffer, flags = 0): Buffer {
  return encode({ type: type | REPLY, flags, id, payload });
}

/** The next frame of a GENERATE, which is a state and no loop: it can be left and entered again. */
export function nextFrame(generating: Generating, maxFrameSize: number): Buffer {
  const { id, count, made } = generating;
  const length = Math.min(count - made, GENERATE_FRAME_BYTES, maxFrameSize);
  const start = made % PERIOD; // the pattern goes on where the last frame ended
  generating.made += length;
  return reply(GENERATE, id, PATTERN.subarray(start, start + length), generating.made === count ? END : 0);
}

/** What it holds in memory; the rest is an estimate on the safe side, or a million empty frames would cost nothing. */
export function cost(waiting: Buffer | Generating): number {
  return 256 + ('made' in waiting ? 0 : waiting.length);
}
