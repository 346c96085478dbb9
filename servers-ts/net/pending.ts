// What a peer has not taken yet: bytes that wait while an earlier write is under way.
//
// One buffer that grows with what is there, at most to the double of it; an empty queue holds no memory. A list of
// small buffers would cost more in objects than in bytes. How long it may become is decided by the program, which
// stops reading. Mirrors servers-c/net/pending.h.

const FIRST_BYTES = 4096;

/** Bytes in the order in which they are to be sent. */
export class Pending {
  length = 0;
  bytes: Buffer | null = null;
}

/** Copies bytes to the end. */
export function append(pending: Pending, bytes: Buffer): void {
  const needed = pending.length + bytes.length;
  if (pending.bytes === null || needed > pending.bytes.length) grow(pending, needed);
  pending.bytes?.set(bytes, pending.length);
  pending.length = needed;
}

/** Gives the bytes away; the queue is empty afterwards. */
export function take(pending: Pending): Buffer {
  const bytes = (pending.bytes ?? Buffer.alloc(0)).subarray(0, pending.length);
  clear(pending);
  return bytes;
}

/** Drops everything. */
export function clear(pending: Pending): void {
  pending.bytes = null;
  pending.length = 0;
}

function grow(pending: Pending, needed: number): void {
  const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * pending.length, needed));
  pending.bytes?.copy(grown, 0, 0, pending.length);
  pending.bytes = grown;
}
