// A position in a run of bytes, with checked big-endian reads and writes.
//
// Nothing here allocates but the cursor itself, and nothing passes the end: a read that does not fit returns
// `undefined`, a write that does not fit returns false, and neither moves. It knows no protocol.
// Mirrors servers-c/wire/cursor.h.

/** Bytes, the first offset behind them, and where we are: `offset <= end <= bytes.length`. */
export interface Cursor {
  bytes: Uint8Array;
  offset: number;
  end: number;
}

/** A cursor at `start`; what lies at `end` and behind it is out of reach. */
export function over(bytes: Uint8Array, start = 0, end = bytes.length): Cursor {
  return { bytes, offset: start, end };
}

/** How many bytes are left after the position. */
export function left(cursor: Cursor): number {
  return cursor.end - cursor.offset;
}

/** Moves over `count` bytes. False, and nothing moves, when fewer are left. */
export function skip(cursor: Cursor, count: number): boolean {
  if (count > left(cursor)) return false;
  cursor.offset += count;
  return true;
}

/** Reads one byte; `undefined` when none is left. */
export function readU8(cursor: Cursor): number | undefined {
  if (left(cursor) < 1) return undefined;
  return cursor.bytes[cursor.offset++];
}

/** Reads two bytes, big-endian; `undefined` when fewer are left. */
export function readU16(cursor: Cursor): number | undefined {
  if (left(cursor) < 2) return undefined;
  const value = u16At(cursor.bytes, cursor.offset);
  cursor.offset += 2;
  return value;
}

/** Reads four bytes, big-endian; `undefined` when fewer are left. */
export function readU32(cursor: Cursor): number | undefined {
  if (left(cursor) < 4) return undefined;
  const value = u32At(cursor.bytes, cursor.offset);
  cursor.offset += 4;
  return value;
}

/** Writes the low byte of `value`. False when there is no room. */
export function writeU8(cursor: Cursor, value: number): boolean {
  if (left(cursor) < 1) return false;
  cursor.bytes[cursor.offset++] = value;
  return true;
}

/** Writes the low two bytes of `value`, big-endian. False when there is no room. */
export function writeU16(cursor: Cursor, value: number): boolean {
  if (left(cursor) < 2) return false;
  return writeU8(cursor, value >>> 8) && writeU8(cursor, value);
}

/** Writes the low four bytes of `value`, big-endian. False when there is no room. */
export function writeU32(cursor: Cursor, value: number): boolean {
  if (left(cursor) < 4) return false;
  return writeU16(cursor, value >>> 16) && writeU16(cursor, value);
}

/** Writes a run of bytes. False when there is no room for all of it. */
export function writeBytes(cursor: Cursor, bytes: Uint8Array): boolean {
  if (left(cursor) < bytes.length) return false;
  cursor.bytes.set(bytes, cursor.offset);
  cursor.offset += bytes.length;
  return true;
}

// The caller has checked the length: an index that is out of range would read as 0 here, not as an error.
function u16At(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

// `<<` is signed in JavaScript: without `>>> 0`, 0x80000000 and above would be negative.
function u32At(bytes: Uint8Array, offset: number): number {
  return ((u16At(bytes, offset) << 16) | u16At(bytes, offset + 2)) >>> 0;
}
