// Replies that are held until they are due, the earliest first; equal times in the order in which they were added.
//
// A binary heap. It reads no clock and wakes nobody: times are numbers that framed/delayed.ts brings along.
// Mirrors servers-c/wire/delays.h.

/** A reply: `frame` is a slice of the request's memory. */
export interface DelayedReply {
  dueMs: number;
  sequence: number; // given by add()
  frame: Buffer;
}

/** What is held. An empty heap costs one empty array. */
export class Delays {
  readonly heap: DelayedReply[] = [];
  added = 0;
  bytes = 0; // of all frames that are held

  get count(): number {
    return this.heap.length;
  }
}

/** Holds a frame until `dueMs`. It must not change meanwhile. */
export function add(delays: Delays, dueMs: number, frame: Buffer): void {
  delays.heap.push({ dueMs, sequence: delays.added, frame });
  delays.added += 1;
  delays.bytes += frame.length;
  siftUp(delays.heap, delays.heap.length - 1);
}

/** The reply that is due first, or `undefined`. */
export function first(delays: Delays): DelayedReply | undefined {
  return delays.heap[0];
}

/** Takes that reply out; `undefined` when there is none. */
export function take(delays: Delays): DelayedReply | undefined {
  const [taken] = delays.heap;
  const last = delays.heap.pop();
  if (taken === undefined || last === undefined) return undefined;
  delays.bytes -= taken.frame.length;
  if (last === taken) return taken;
  delays.heap[0] = last;
  siftDown(delays.heap, 0);
  return taken;
}

/** Lets go of everything. */
export function clear(delays: Delays): void {
  delays.heap.length = 0;
  delays.bytes = 0;
}

function isBefore(heap: DelayedReply[], i: number, j: number): boolean {
  const [a, b] = [heap[i], heap[j]];
  if (a === undefined || b === undefined) return false;
  return a.dueMs !== b.dueMs ? a.dueMs < b.dueMs : a.sequence < b.sequence;
}

function swap(heap: DelayedReply[], i: number, j: number): void {
  [heap[i], heap[j]] = [heap[j] as DelayedReply, heap[i] as DelayedReply];
}

function siftUp(heap: DelayedReply[], from: number): void {
  for (let i = from; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (!isBefore(heap, i, parent)) return;
    swap(heap, i, parent);
    i = parent;
  }
}

/** Of an entry and its two children. */
function earliestOf(heap: DelayedReply[], i: number): number {
  let earliest = i;
  for (const child of [2 * i + 1, 2 * i + 2]) if (isBefore(heap, child, earliest)) earliest = child;
  return earliest;
}

function siftDown(heap: DelayedReply[], from: number): void {
  let i = from;
  for (let earliest = earliestOf(heap, i); earliest !== i; earliest = earliestOf(heap, i)) {
    swap(heap, i, earliest);
    i = earliest;
  }
}
