// The frames of docs/protocol.md section 1 as bytes: a pure decoder and a pure encoder.
//
// It knows no socket and keeps nothing between two calls. A decoder of bytes that come from a network has three outcomes:
// complete, partial (not enough bytes yet), error. It never throws, and never believes a length that it has not checked.

/** length u32, type u8, flags u8, id u16; all of them big-endian ("network byte order") */
export const HEADER_BYTES = 8;

export interface Frame {
  type: number;
  flags: number;
  id: number;
  payload: Buffer;
}

export type Decoded =
  | { outcome: 'partial' }
  | { outcome: 'complete'; frame: Frame; bytes: number } // `bytes`: what the frame takes at the front of the input
  | { outcome: 'error'; code: number; id: number };

// Codes of an ERROR (docs/protocol.md section 4). This file decides on the first two.
export const FRAME_TOO_LARGE = 1;
export const BAD_FLAGS = 2;
export const UNKNOWN_TYPE = 3;
export const BAD_PAYLOAD = 4;
export const OVERLOADED = 5;
export const IDLE_TIMEOUT = 6;
export const FRAME_TIMEOUT = 7;

/** The text of an ERROR is the name of its code (docs/protocol.md section 4). */
const CODE_NAMES = [
  '',
  'FRAME_TOO_LARGE',
  'BAD_FLAGS',
  'UNKNOWN_TYPE',
  'BAD_PAYLOAD',
  'OVERLOADED',
  'IDLE_TIMEOUT',
  'FRAME_TIMEOUT',
];

/**
 * Decodes the request at the front of `input`, which may hold less than one frame, or more. The payload is a slice of the
 * input, not a copy.
 */
export function decode(input: Buffer, maxFrameSize: number): Decoded {
  // Nothing is decided before the header is whole: four bytes are enough for the length, but an ERROR carries the id.
  if (input.length < HEADER_BYTES) return { outcome: 'partial' };
  // Unsigned. `a << 24 | ...` gives a negative number for lengths from 2^31 on, which is below every limit.
  const length = input.readUInt32BE(0);
  const flags = input.readUInt8(5);
  const id = input.readUInt16BE(6);
  // Before the wait for the payload: a length above the limit is refused now, not after 4 GiB have come.
  if (length > maxFrameSize) return { outcome: 'error', code: FRAME_TOO_LARGE, id };
  if (flags !== 0) return { outcome: 'error', code: BAD_FLAGS, id };
  const bytes = HEADER_BYTES + length;
  if (input.length < bytes) return { outcome: 'partial' };
  const frame = { type: input.readUInt8(4), flags, id, payload: input.subarray(HEADER_BYTES, bytes) };
  return { outcome: 'complete', frame, bytes };
}

/** A whole frame, ready to be sent. */
export function encode(frame: Frame): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + frame.payload.length); // every byte of it is written below
  bytes.writeUInt32BE(frame.payload.length, 0);
  bytes.writeUInt8(frame.type, 4);
  bytes.writeUInt8(frame.flags, 5);
  bytes.writeUInt16BE(frame.id, 6);
  frame.payload.copy(bytes, HEADER_BYTES);
  return bytes;
}

/** A payload of one u32, as DISCARD, GENERATE and GOAWAY have it. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A whole ERROR frame: a u16 code, then its name. */
export function encodeError(code: number, id: number): Buffer {
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(CODE_NAMES[code] ?? '')]);
  payload.writeUInt16BE(code);
  return encode({ type: 0xff, flags: 0, id, payload });
}
