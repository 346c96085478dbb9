// The framed protocol as bytes: docs/protocol.md sections 1, 2, 4 and 7.
//
// Every decoder has three outcomes: complete, partial, error (a named code). None throws on a peer's bytes, none
// stores a payload, none trusts a length before it is checked. What a request means is decided in framed/answer.ts.
// Mirrors servers-c/wire/frame.h.

import type { Cursor } from './cursor.ts';
import * as cursor from './cursor.ts';

/** length u32, type u8, flags u8, id u16 */
export const HEADER_BYTES = 8;

/** Where the type stands in a header. */
export const TYPE_OFFSET = 4;

// Types: what a client may send, what a server answers. A reply is its request with the top bit set.
export const TYPE_ECHO = 0x01;
export const TYPE_DISCARD = 0x02;
export const TYPE_GENERATE = 0x03;
export const TYPE_DELAY = 0x04;
export const TYPE_ECHO_REPLY = 0x81;
export const TYPE_DISCARD_REPLY = 0x82;
export const TYPE_GENERATE_REPLY = 0x83;
export const TYPE_DELAY_REPLY = 0x84;
export const TYPE_GOAWAY = 0xfe;
export const TYPE_ERROR = 0xff;

/** On the last 0x83 frame of a GENERATE, and nowhere else. */
export const FLAG_END = 0x01;

// Codes of an ERROR frame. 0 is never sent: it is logged when a peer ends inside a frame.
export const CODE_TRUNCATED_FRAME = 0;
export const CODE_FRAME_TOO_LARGE = 1;
export const CODE_BAD_FLAGS = 2;
export const CODE_UNKNOWN_TYPE = 3;
export const CODE_BAD_PAYLOAD = 4;
export const CODE_OVERLOADED = 5;
export const CODE_IDLE_TIMEOUT = 6;
export const CODE_FRAME_TIMEOUT = 7;

const CODE_NAMES = [
  'TRUNCATED_FRAME',
  'FRAME_TOO_LARGE',
  'BAD_FLAGS',
  'UNKNOWN_TYPE',
  'BAD_PAYLOAD',
  'OVERLOADED',
  'IDLE_TIMEOUT',
  'FRAME_TIMEOUT',
];

// Limits of docs/protocol.md section 8.
export const MAX_DELAY_MS = 60000;
export const MAX_OUTSTANDING_DELAYS = 1024;
export const GENERATE_FRAME_BYTES = 65536;
export const ERROR_TEXT_BYTES = 200;

// GENERATE's n and the u32 that begins a DELAY.
export const COUNT_BYTES = 4;
export const DELAY_PREFIX_BYTES = 4;

/** A decoded header. `code` is 0, or says why the header was refused. */
export interface Header {
  length: number; // payload bytes
  type: number;
  flags: number;
  id: number;
  code: number;
}

/** A header to decode into: one object serves a whole stream, so that decoding allocates nothing. */
export function newHeader(): Header {
  return { length: 0, type: 0, flags: 0, id: 0, code: 0 };
}

// Outcomes of decode().
export const COMPLETE = 0;
export const PARTIAL = 1;
export const ERROR = 2;

/**
 * Decodes the header of a request that begins at `offset`; bytes from `end` on are not there yet.
 * COMPLETE: `header` is filled. PARTIAL: fewer than HEADER_BYTES are there; nothing is decided. ERROR: `header` is
 * filled and `header.code` is CODE_FRAME_TOO_LARGE or CODE_BAD_FLAGS, tried in this order.
 */
export function decode(
  bytes: Uint8Array,
  offset: number,
  end: number,
  maxFrameSize: number,
  header: Header,
): number {
  if (end - offset < HEADER_BYTES) return PARTIAL;
  header.length = (byteAt(bytes, offset) * 0x1000000 + u24At(bytes, offset + 1)) >>> 0;
  header.type = byteAt(bytes, offset + 4);
  header.flags = byteAt(bytes, offset + 5);
  header.id = (byteAt(bytes, offset + 6) << 8) | byteAt(bytes, offset + 7);
  header.code = 0;
  if (header.length > maxFrameSize) header.code = CODE_FRAME_TOO_LARGE;
  else if (header.flags !== 0) header.code = CODE_BAD_FLAGS;
  return header.code === 0 ? COMPLETE : ERROR;
}

/** Writes HEADER_BYTES bytes at `offset`; there must be room. */
export function encode(
  bytes: Uint8Array,
  offset: number,
  length: number,
  type: number,
  flags: number,
  id: number,
): void {
  const output = cursor.over(bytes, offset);
  cursor.writeU32(output, length);
  cursor.writeU8(output, type);
  cursor.writeU8(output, flags);
  cursor.writeU16(output, id);
}

/** A frame whose payload is one u32. */
export const NUMBER_FRAME_BYTES = HEADER_BYTES + COUNT_BYTES;

/** Writes a whole frame whose payload is one u32 at `offset`, and returns its size. */
export function encodeNumber(
  bytes: Uint8Array,
  offset: number,
  type: number,
  id: number,
  number: number,
): number {
  encode(bytes, offset, COUNT_BYTES, type, 0, id);
  cursor.writeU32(cursor.over(bytes, offset + HEADER_BYTES), number);
  return NUMBER_FRAME_BYTES;
}

/** The largest ERROR frame. */
export const ERROR_FRAME_BYTES = HEADER_BYTES + 2 + ERROR_TEXT_BYTES;

/** Writes a whole ERROR frame at `offset`, the text being the code's name, and returns its size. */
export function encodeError(bytes: Uint8Array, offset: number, code: number, id: number): number {
  const text = codeName(code);
  encode(bytes, offset, 2 + text.length, TYPE_ERROR, 0, id);
  const output = cursor.over(bytes, offset + HEADER_BYTES);
  cursor.writeU16(output, code);
  for (let i = 0; i < text.length; i++) cursor.writeU8(output, text.charCodeAt(i));
  return HEADER_BYTES + 2 + text.length;
}

/** "FRAME_TOO_LARGE" and so on; "UNKNOWN" for a number that is no code. */
export function codeName(code: number): string {
  return CODE_NAMES[code] ?? 'UNKNOWN';
}

// Kinds of event.
export const EVENT_NONE = 0; // the input is used up
export const EVENT_BEGIN = 1;
export const EVENT_DATA = 2;
export const EVENT_END = 3;
export const EVENT_ERROR = 4; // for good: a stream whose framing is lost cannot be read on

/** What feed() found. DATA is `bytes[start .. start + length)`, a slice of the input, not a copy. */
export interface Event {
  kind: number;
  header: Header;
  bytes: Uint8Array;
  start: number;
  length: number;
}

/** Turns a stream, cut anywhere, into events. */
export interface Parser {
  readonly maxFrameSize: number;
  header: Header; // of the frame that is being read
  headerBytes: Uint8Array; // what is there of a header that was cut
  headerLength: number;
  payloadLeft: number;
  phase: number; // private to this file
  event: Event; // reused by every feed()
}

const PHASE_HEADER = 0;
const PHASE_PAYLOAD = 1;
const PHASE_FAILED = 2;
const NO_BYTES = new Uint8Array(0);

/** A parser that stands before a frame. */
export function newParser(maxFrameSize: number): Parser {
  const header = newHeader();
  return {
    maxFrameSize,
    header,
    headerBytes: new Uint8Array(HEADER_BYTES),
    headerLength: 0,
    payloadLeft: 0,
    phase: PHASE_HEADER,
    event: { kind: EVENT_NONE, header, bytes: NO_BYTES, start: 0, length: 0 },
  };
}

/**
 * Takes the next event from the input; call again until EVENT_NONE or EVENT_ERROR. A frame gives BEGIN, any number of
 * DATA whose slices joined are the payload, END. The event is valid until the next call.
 */
export function feed(parser: Parser, input: Cursor): Event {
  if (parser.phase === PHASE_FAILED) return happened(parser, EVENT_ERROR);
  if (parser.phase === PHASE_HEADER) return feedHeader(parser, input);
  if (parser.payloadLeft === 0) {
    parser.phase = PHASE_HEADER;
    return happened(parser, EVENT_END);
  }
  return feedPayload(parser, input);
}

/** True between the first byte of a frame and its last. */
export function isPartial(parser: Parser): boolean {
  return parser.phase === PHASE_PAYLOAD || parser.headerLength > 0;
}

/** The id of the frame that is being read; 0 while its header is not complete. */
export function partialId(parser: Parser): number {
  return parser.phase === PHASE_PAYLOAD ? parser.header.id : 0;
}

function feedHeader(parser: Parser, input: Cursor): Event {
  while (parser.headerLength < HEADER_BYTES) {
    const byte = cursor.readU8(input);
    if (byte === undefined) return happened(parser, EVENT_NONE);
    parser.headerBytes[parser.headerLength++] = byte;
  }
  parser.headerLength = 0;
  const outcome = decode(parser.headerBytes, 0, HEADER_BYTES, parser.maxFrameSize, parser.header);
  parser.phase = outcome === ERROR ? PHASE_FAILED : PHASE_PAYLOAD;
  parser.payloadLeft = parser.header.length;
  return happened(parser, outcome === ERROR ? EVENT_ERROR : EVENT_BEGIN);
}

function feedPayload(parser: Parser, input: Cursor): Event {
  const length = Math.min(parser.payloadLeft, cursor.left(input));
  if (length === 0) return happened(parser, EVENT_NONE);
  const event = happened(parser, EVENT_DATA);
  event.bytes = input.bytes;
  event.start = input.offset;
  event.length = length;
  cursor.skip(input, length);
  parser.payloadLeft -= length;
  return event;
}

function happened(parser: Parser, kind: number): Event {
  parser.event.kind = kind;
  return parser.event;
}

// Of a byte that is there: decode() has checked.
function byteAt(bytes: Uint8Array, offset: number): number {
  return bytes[offset] as number;
}

function u24At(bytes: Uint8Array, offset: number): number {
  return (byteAt(bytes, offset) << 16) | (byteAt(bytes, offset + 1) << 8) | byteAt(bytes, offset + 2);
}
