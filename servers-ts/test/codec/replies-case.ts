// Cases for wire/replies: u16 (largest payload of a 0x83 frame, less 1), then steps of one byte modulo 4 each: 0 adds a
// frame (u8 length, u8 fill), 1 adds a GENERATE (u16 id, u32 count), 2 takes the next frame, 3 clears. Then what is left
// is taken, at most FRAMES_DRAINED frames, and cleared.
//
// The outcome has a word for each frame that was taken: header, length and a sum of the payload's ends.
// Mirrors servers-c/test/codec/replies_case.c.

import * as replies from '../../wire/replies.ts';
import type { Script } from './script.ts';

const FRAMES_DRAINED = 16;
const SUMMED_BYTES = 256;

/** What a queued reply may cost beside its bytes, in any language. */
const LARGEST_OVERHEAD_BYTES = 256;

class Run {
  readonly replies: replies.Replies;
  outcome = '';
  heldBytes = 0; // of frames that were added and not taken; GENERATEs count as nothing
  held = 0; // entries at most: a GENERATE at the front is no longer queued

  constructor(frameBytes: number) {
    this.replies = new replies.Replies(frameBytes);
  }
}

/** FNV-1a, 32 bits, of the first and the last SUMMED_BYTES. */
function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 2166136261;
  for (let i = start; i < end; i++) {
    if (i === start + SUMMED_BYTES && end - start > 2 * SUMMED_BYTES) i = end - SUMMED_BYTES;
    sum = Math.imul(sum ^ (bytes[i] ?? 0), 16777619);
  }
  return sum >>> 0;
}

function add(run: Run, script: Script): void {
  const frame = Buffer.alloc(script.u8(), script.u8());
  replies.add(run.replies, frame);
  run.heldBytes += frame.length;
  run.held += 1;
}

function generate(run: Run, script: Script): void {
  replies.addGenerate(run.replies, script.u16(), script.u32());
  run.held += 1;
}

function next(run: Run): void {
  if (replies.isEmpty(run.replies)) {
    run.outcome += ' none';
    return;
  }
  const { headerLength, bytes, start, end } = replies.next(run.replies);
  const sum = sumOf(bytes, start, end).toString(16).padStart(8, '0');
  run.outcome += ` frame(${replies.header.toString('hex', 0, headerLength)},${end - start},${sum})`;
  if (headerLength === 0) run.heldBytes -= end - start;
}

function clear(run: Run): void {
  replies.clear(run.replies);
  run.heldBytes = 0;
  run.held = 0;
  if (!replies.isEmpty(run.replies) || run.replies.bytes !== 0) run.outcome += ' fault(not-cleared)';
}

function checkBytes({ replies: { bytes }, heldBytes, held }: Run): string {
  const isRight = bytes >= heldBytes && bytes <= heldBytes + held * LARGEST_OVERHEAD_BYTES;
  return isRight ? '' : ' fault(counts-bytes-wrongly)';
}

function step(run: Run, script: Script): void {
  const which = script.u8() % 4;
  if (which === 0) add(run, script);
  else if (which === 1) generate(run, script);
  else if (which === 2) next(run);
  else clear(run);
  run.outcome += checkBytes(run);
}

export function repliesCase(script: Script): string {
  const run = new Run(1 + script.u16());
  while (script.left > 0) step(run, script);
  for (let i = 0; i < FRAMES_DRAINED && !replies.isEmpty(run.replies); i++) next(run);
  run.outcome += checkBytes(run);
  clear(run);
  return run.outcome;
}
