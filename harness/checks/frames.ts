/**
 * The framed protocol from the client's side: builds any frame, right or wrong, and reads replies.
 *
 * Independent of the servers' codecs and of the clients on purpose; docs/protocol.md is its only source.
 */
import { MIB } from '../units.ts';
import { CheckFailure } from './check.ts';
import type { Peer } from './context.ts';

export const HEADER_BYTES = 8;
export const ECHO = 0x01;
export const DISCARD = 0x02;
export const GENERATE = 0x03;
export const DELAY = 0x04;
export const ECHO_REPLY = 0x81;
export const DISCARD_REPLY = 0x82;
export const GENERATE_REPLY = 0x83;
export const DELAY_REPLY = 0x84;
export const GOAWAY = 0xfe;
export const ERROR = 0xff;
/** A type that the protocol does not know. */
export const UNKNOWN = 0x55;
/** Requests of DELAY that one connection may have outstanding (docs/protocol.md section 8). */
export const MOST_DELAYS = 1024;
export const NOTHING = Buffer.alloc(0);

/** Names of the codes of docs/protocol.md section 4. */
export const ERROR_NAMES: Readonly<Record<number, string>> = {
  1: 'FRAME_TOO_LARGE',
  2: 'BAD_FLAGS',
  3: 'UNKNOWN_TYPE',
  4: 'BAD_PAYLOAD',
  5: 'OVERLOADED',
  6: 'IDLE_TIMEOUT',
  7: 'FRAME_TIMEOUT',
};

/** A reply of more than this was not asked for by any check; its header is wrong. */
const MOST_PAYLOAD_BYTES = 64 * MIB;

export interface Frame {
  length: number;
  type: number;
  flags: number;
  id: number;
  payload: Buffer;
}

/** A header that may claim anything. */
export function header(length: number, type = ECHO, id = 0, flags = 0): Buffer {
  return writeHeader(Buffer.allocUnsafe(HEADER_BYTES), length, type, id, flags);
}

/** A store into a Buffer keeps the lowest eight bits. */
function writeHeader(bytes: Buffer, length: number, type: number, id: number, flags: number): Buffer {
  bytes[0] = length >>> 24;
  bytes[1] = length >>> 16;
  bytes[2] = length >>> 8;
  bytes[3] = length;
  bytes[4] = type;
  bytes[5] = flags;
  bytes[6] = id >>> 8;
  bytes[7] = id;
  return bytes;
}

export function frame(type: number, id: number, payload: Uint8Array = NOTHING): Buffer {
  const bytes = writeHeader(Buffer.allocUnsafe(HEADER_BYTES + payload.length), payload.length, type, id, 0);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Asks for `count` bytes. */
export function generate(id: number, count: number): Buffer {
  return frame(GENERATE, id, u32(count));
}

/** Asks for `payload` in `ms` milliseconds. */
export function delay(id: number, ms: number, payload: Uint8Array = NOTHING): Buffer {
  return frame(DELAY, id, Buffer.concat([u32(ms), payload]));
}

/** The next frame of the server, whatever it is. `what` names the frame that is waited for. */
export async function takeFrame(peer: Peer, what: string): Promise<Frame> {
  const head = await peer.take(HEADER_BYTES, `${what} (its header of 8 bytes)`);
  const length = head.readUInt32BE(0);
  if (length > MOST_PAYLOAD_BYTES) throw oversizedReply(what, head);
  const payload = length === 0 ? Buffer.alloc(0) : await peer.take(length, `${what} (its payload)`);
  return { length, type: head.readUInt8(4), flags: head.readUInt8(5), id: head.readUInt16BE(6), payload };
}

/** The next frame that is not GOAWAY: during a drain the server may announce itself at any time. */
export async function takeFrameAfterGoaway(peer: Peer, what: string): Promise<Frame> {
  const next = await takeFrame(peer, what);
  return next.type === GOAWAY ? takeFrameAfterGoaway(peer, what) : next;
}

/** Whole frames without the GOAWAYs among them; what is no whole frame stays as it is. */
export function withoutGoaway(bytes: Buffer): Buffer {
  const kept: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= HEADER_BYTES) {
    const end = at + HEADER_BYTES + bytes.readUInt32BE(at);
    if (bytes[at + 4] !== GOAWAY) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, bytes.subarray(at)]);
}

/** One frame in words: `ERROR 1 FRAME_TOO_LARGE, id 7`. */
export function describeFrame({ type, id, length, payload }: Frame): string {
  if (type === ERROR && length >= 2) {
    const code = payload.readUInt16BE(0);
    return `ERROR ${code} ${ERROR_NAMES[code] ?? '(no such code)'}, id ${id}`;
  }
  if (type === GOAWAY) return `GOAWAY, id ${id}`;
  return `a frame of type 0x${type.toString(16).padStart(2, '0')}, id ${id}, ${length} bytes of payload`;
}

/** Takes the ERROR that must come now; it must have this code and id. */
export async function takeError(peer: Peer, code: number, id: number): Promise<void> {
  const expected = `ERROR ${code} ${ERROR_NAMES[code]}, id ${id}`;
  const got = await takeFrame(peer, expected);
  if (describeFrame(got) !== expected) throw new CheckFailure({ expected, actual: describeFrame(got) });
}

function oversizedReply(what: string, head: Buffer): CheckFailure {
  return new CheckFailure({
    expected: what,
    actual: `a header that claims ${head.readUInt32BE(0)} bytes of payload: ${head.toString('hex')}`,
    // Else the check knows better: an earlier frame of another size than it says, or a length that was believed.
    ...(head.readUInt32LE(0) <= MOST_PAYLOAD_BYTES
      ? {
          cause: `read as little-endian it would be ${head.readUInt32LE(0)}: the length is big-endian (network byte order)`,
          hint: 'C: htonl() and ntohl(); Node: writeUInt32BE and readUInt32BE',
        }
      : {}),
  });
}
