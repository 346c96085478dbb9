/**
 * What docs/protocol.md sections 2.1, 2.2 and 3 make of replies that wait: in-order ones with GENERATEs among them, and
 * DELAYs.
 *
 * Plain arrays, searched and sorted; how the codecs count and keep the bytes is not their business.
 */
import type { Numbers } from './numbers.ts';

/** Section 2.1: byte k of a GENERATE is k mod this. */
const PATTERN_PERIOD = 251;
/** Frames that a case takes at its end. */
const FRAMES_DRAINED = 16;
/** Of each end of a payload. */
const SUMMED_BYTES = 256;

type Waiting = { readonly frame: Buffer } | { readonly id: number; readonly count: number; sent: number };

/** FNV-1a, 32 bits, over what `byteAt` gives: of the first and the last SUMMED_BYTES. */
function sumOf(length: number, byteAt: (offset: number) => number): string {
  const isSummed = (i: number) => i < SUMMED_BYTES || i >= length - SUMMED_BYTES;
  let sum = 2166136261;
  for (let i = 0; i < length; i++) if (isSummed(i)) sum = Math.imul(sum ^ byteAt(i), 16777619);
  return (sum >>> 0).toString(16).padStart(8, '0');
}

function nextFrame(queue: Waiting[], frameBytes: number): string {
  const [first] = queue;
  if (first === undefined) return 'none';
  if ('frame' in first) {
    queue.shift();
    return `frame(,${first.frame.length},${sumOf(first.frame.length, (i) => first.frame.readUInt8(i))})`;
  }
  const { id, count, sent } = first;
  const length = Math.min(count - sent, frameBytes);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(length);
  header.writeUInt16BE(0x8300 + (sent + length === count ? 1 : 0), 4);
  header.writeUInt16BE(id, 6);
  first.sent += length;
  if (first.sent === count) queue.shift();
  return `frame(${header.toString('hex')},${length},${sumOf(length, (i) => (sent + i) % PATTERN_PERIOD)})`;
}

export function expectedReplies(numbers: Numbers): string[] {
  const frameBytes = 1 + numbers.u16();
  const words: string[] = [];
  const queue: Waiting[] = [];
  while (numbers.hasMore) {
    const step = numbers.u8() % 4;
    if (step === 0) queue.push({ frame: Buffer.alloc(numbers.u8(), numbers.u8()) });
    else if (step === 1) queue.push({ id: numbers.u16(), count: numbers.u32(), sent: 0 });
    else if (step === 2) words.push(nextFrame(queue, frameBytes));
    else queue.length = 0;
  }
  for (let i = 0; i < FRAMES_DRAINED && queue.length > 0; i++) words.push(nextFrame(queue, frameBytes));
  return words;
}

type Delayed = { readonly due: number; readonly sequence: number; readonly length: number };

const told = (step: string, reply: Delayed | undefined) =>
  reply === undefined ? 'none' : `${step}(${reply.due},${reply.sequence},${reply.length})`;

export function expectedDelays(numbers: Numbers): string[] {
  const words: string[] = [];
  let held: Delayed[] = [];
  let added = 0;
  while (numbers.hasMore) {
    const step = numbers.u8() % 4;
    if (step === 0) held.push({ due: numbers.u8(), sequence: added++, length: numbers.u8() });
    held.sort((a, b) => a.due - b.due || a.sequence - b.sequence);
    if (step === 1) words.push(told('first', held[0]));
    else if (step === 2) words.push(told('take', held.shift()));
    else if (step === 3) held = [];
    words.push(`held(${held.length},${held.reduce((sum, { length }) => sum + length, 0)})`);
  }
  return [...words, ...held.map((reply) => told('take', reply))];
}
