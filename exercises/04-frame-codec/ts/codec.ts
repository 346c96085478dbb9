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
  // TODO: decode the first frame of `input`, or say why there is none
  return { outcome: 'partial' };
}

/** A whole frame, ready to be sent. */
export function encode(frame: Frame): Buffer {
  // TODO: lay out the header in front of the payload
  return frame.payload;
}

/** A payload of one u32, as DISCARD, GENERATE and GOAWAY have it. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A whole ERROR frame: a u16 code, then its name. */
export function encodeError(code: number, id: number): Buffer {
  // TODO: encode an ERROR frame (type 0xff) whose payload is the code as u16 and then its name
  return Buffer.alloc(0);
}
