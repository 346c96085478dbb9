// In-order replies that wait: a GENERATE that is being produced, and the replies behind it.
//
// A GENERATE is kept as three numbers and becomes frames only when they are asked for; the payload is a slice of a
// constant pattern. It knows no socket and no bound: framed/flow.ts decides when the next frame may come.
// Mirrors servers-c/wire/replies.h.

import * as frame from './frame.ts';

/** GENERATE: byte k of the stream is k mod this. */
export const PATTERN_PERIOD = 251;

/** What a queued reply costs beside its bytes: an estimate on the safe side, so that the bound covers it. */
const OVERHEAD_BYTES = 256;

// A frame, or (where it is null) the next GENERATE.
interface QueuedReply {
  frame: Buffer | null;
  id: number;
  count: number;
}

/** Empty until something is added. */
export class Replies {
  readonly frameBytes: number; // the largest payload of a 0x83 frame
  generating = false; // the next frame is one of this GENERATE
  id = 0;
  left = 0;
  phase = 0; // of the pattern
  readonly queue: QueuedReply[] = [];
  bytes = 0; // held by the queue
  readonly next: NextReply = { headerLength: 0, bytes: pattern, start: 0, end: 0 }; // reused by every next()

  constructor(frameBytes: number) {
    this.frameBytes = frameBytes;
  }
}

/**
 * The next frame to send: its header in `header` (headerLength is HEADER_BYTES) and its payload in
 * `bytes[start .. end)`, or the whole of it there.
 */
export interface NextReply {
  headerLength: number;
  bytes: Buffer;
  start: number;
  end: number;
}

/** i mod PATTERN_PERIOD, long enough for the largest 0x83 frame from any phase. */
const pattern = Buffer.alloc(
  PATTERN_PERIOD + frame.GENERATE_FRAME_BYTES,
  Uint8Array.from({ length: PATTERN_PERIOD }, (_, i) => i),
);

/** Where next() puts a header; valid until it is called again. */
export const header = Buffer.alloc(frame.HEADER_BYTES);

// ---- queue ----

/** While this is false every in-order reply has to be added here. */
export function isEmpty(replies: Replies): boolean {
  return !replies.generating && replies.queue.length === 0;
}

/** Adds a frame, which must not change any more. */
export function add(replies: Replies, reply: Buffer): void {
  append(replies, { frame: reply, id: 0, count: 0 });
}

/** Lets go of everything. */
export function clear(replies: Replies): void {
  replies.queue.length = 0;
  replies.bytes = 0;
  replies.generating = false;
}

function append(replies: Replies, queued: QueuedReply): void {
  replies.queue.push(queued);
  replies.bytes += sizeOf(queued);
}

function sizeOf(queued: QueuedReply): number {
  return OVERHEAD_BYTES + (queued.frame?.length ?? 0);
}

// ---- GENERATE ----

/** Adds a GENERATE of `count` bytes. */
export function addGenerate(replies: Replies, id: number, count: number): void {
  if (isEmpty(replies)) beginGenerate(replies, id, count);
  else append(replies, { frame: null, id, count });
}

/** Takes the next frame, valid until it is called again. To be called only when there is one. */
export function next(replies: Replies): NextReply {
  const queued = replies.generating ? undefined : replies.queue.shift();
  if (queued === undefined) return nextGenerated(replies);
  replies.bytes -= sizeOf(queued);
  if (queued.frame === null) {
    beginGenerate(replies, queued.id, queued.count);
    return nextGenerated(replies);
  }
  return nextIs(replies, 0, queued.frame, 0, queued.frame.length);
}

function beginGenerate(replies: Replies, id: number, count: number): void {
  replies.generating = true;
  replies.id = id;
  replies.left = count;
  replies.phase = 0;
}

function nextGenerated(replies: Replies): NextReply {
  const length = Math.min(replies.left, replies.frameBytes);
  const start = replies.phase;
  replies.left -= length;
  replies.phase = (replies.phase + length) % PATTERN_PERIOD;
  replies.generating = replies.left > 0;
  const flags = replies.generating ? 0 : frame.FLAG_END;
  frame.encode(header, 0, length, frame.TYPE_GENERATE_REPLY, flags, replies.id);
  return nextIs(replies, frame.HEADER_BYTES, pattern, start, start + length);
}

function nextIs(
  replies: Replies,
  headerLength: number,
  bytes: Buffer,
  start: number,
  end: number,
): NextReply {
  const found = replies.next;
  found.headerLength = headerLength;
  found.bytes = bytes;
  found.start = start;
  found.end = end;
  return found;
}
