/**
 * The client's side of the framed protocol (docs/protocol.md): encodes requests, decodes replies, and a connection
 * with both for programs that want to speak it: `connectFramed`, `request`, `replies`.
 *
 * Written on its own, from the document: a codec shared with a server would share its bugs. Deliberately lenient:
 * it encodes what the caller asks for, wrong flags and types too, because checks need to send them.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connectTcp, type Endpoint } from './connect.ts';
import { wrongReply } from './errors.ts';

export const HEADER_SIZE = 8;
export const FLAG_END = 0x01;
export const DEFAULT_MAX_FRAME_SIZE = 1_048_576;
/** Most payload bytes in one frame of a GENERATE reply. */
export const MAX_GENERATED_FRAME_SIZE = 65_536;
/** Byte k of a GENERATE stream is k modulo this. */
export const GENERATE_PERIOD = 251;

export const TYPE = {
  echo: 0x01,
  discard: 0x02,
  generate: 0x03,
  delay: 0x04,
  echoReply: 0x81,
  discardReply: 0x82,
  generateReply: 0x83,
  delayReply: 0x84,
  goaway: 0xfe,
  error: 0xff,
} as const;

export const ERROR_NAMES: Readonly<Record<number, string>> = {
  1: 'FRAME_TOO_LARGE',
  2: 'BAD_FLAGS',
  3: 'UNKNOWN_TYPE',
  4: 'BAD_PAYLOAD',
  5: 'OVERLOADED',
  6: 'IDLE_TIMEOUT',
  7: 'FRAME_TIMEOUT',
};

/** One frame; `wire` is header and payload as received, `offset` is where it began in what the peer sent. */
export type Frame = {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: Buffer;
  readonly wire: Buffer;
  readonly offset: number;
};

/** The bytes of one frame. The caller keeps type and flags in a byte and id in 16 bits. */
export function encodeFrame(type: number, id: number, payload: Uint8Array, flags = 0): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_SIZE + payload.length);
  frame.writeUInt32BE(payload.length, 0);
  frame.writeUInt8(type, 4);
  frame.writeUInt8(flags, 5);
  frame.writeUInt16BE(id, 6);
  frame.set(payload, HEADER_SIZE);
  return frame;
}

/** A u32 in network order, as GENERATE and DELAY carry it. */
export function encodeU32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/**
 * Gathers whole frames from the bytes of a server, however they were cut. Holds the pieces as they came and joins
 * them once, when the frame is complete: nothing is allocated from a length that the peer only claims.
 */
export class ReplyDecoder {
  readonly #maxFrameSize: number;
  #pieces: Buffer[] = [];
  #buffered = 0;
  #offset = 0;
  /** Whole size of the frame under way, header included; HEADER_SIZE while that is not known. */
  #needed = HEADER_SIZE;

  constructor(maxFrameSize = DEFAULT_MAX_FRAME_SIZE) {
    this.#maxFrameSize = maxFrameSize;
  }

  /** Bytes of a frame that is not complete yet. */
  get pendingBytes(): number {
    return this.#buffered;
  }

  /** Bytes of all complete frames so far: where the next frame begins. */
  get offset(): number {
    return this.#offset;
  }

  /** The frames that `chunk` completes. Throws a ClientError where a length is above the limit. */
  push(chunk: Buffer): Frame[] {
    this.#pieces.push(chunk);
    this.#buffered += chunk.length;
    const frames: Frame[] = [];
    while (this.#buffered >= this.#needed) {
      const frame = this.#take();
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }

  #take(): Frame | undefined {
    const bytes = this.#joined();
    const length = bytes.readUInt32BE(0);
    if (length > this.#maxFrameSize) {
      throw wrongReply(
        this.#offset,
        `a frame claims ${length} bytes of payload, above the limit of ${this.#maxFrameSize} (is this a framed server?)`,
      );
    }
    this.#needed = HEADER_SIZE + length;
    if (bytes.length < this.#needed) return undefined;
    return this.#split(bytes);
  }

  #joined(): Buffer {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : undefined;
    const joined = bytes ?? Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }

  #split(bytes: Buffer): Frame {
    const frame = {
      type: bytes.readUInt8(4),
      flags: bytes.readUInt8(5),
      id: bytes.readUInt16BE(6),
      payload: bytes.subarray(HEADER_SIZE, this.#needed),
      wire: bytes.subarray(0, this.#needed),
      offset: this.#offset,
    };
    this.#pieces = bytes.length > this.#needed ? [bytes.subarray(this.#needed)] : [];
    this.#buffered -= this.#needed;
    this.#offset += this.#needed;
    this.#needed = HEADER_SIZE;
    return frame;
  }
}

/** A connection for programs: sends frames, and reads replies one after the other. Owns its socket. */
export class FramedConnection {
  readonly socket: Socket;
  readonly #decoder: ReplyDecoder;
  readonly #frames: AsyncGenerator<Frame, void>;

  constructor(socket: Socket, maxFrameSize = DEFAULT_MAX_FRAME_SIZE) {
    this.socket = socket;
    this.#decoder = new ReplyDecoder(maxFrameSize);
    this.#frames = this.#readFrames();
  }

  /** Sends one frame; resolves when the kernel has room again. */
  async send(type: number, id: number, payload: Uint8Array, flags = 0): Promise<void> {
    if (!this.socket.write(encodeFrame(type, id, payload, flags))) await once(this.socket, 'drain');
  }

  /** The next frame from the server, undefined after its FIN. Throws on a reset or a wrong length. */
  async reply(): Promise<Frame | undefined> {
    const next = await this.#frames.next();
    return next.done ? undefined : next.value;
  }

  /** Sends one frame and waits for the next one back. For more at a time use `send` and `reply`. */
  async request(type: number, id: number, payload: Uint8Array): Promise<Frame | undefined> {
    await this.send(type, id, payload);
    return this.reply();
  }

  /** Half-close: no more requests; replies can still be read. */
  end(): void {
    this.socket.end();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async *#readFrames(): AsyncGenerator<Frame, void> {
    for await (const chunk of this.socket) yield* this.#decoder.push(chunk as Buffer);
    if (this.#decoder.pendingBytes > 0) {
      throw wrongReply(this.#decoder.offset, `FIN after ${this.#decoder.pendingBytes} bytes of a frame`);
    }
  }
}

/** Opens a FramedConnection within `timeoutMs`; throws a ClientError (exit 69) that says why it cannot. */
export async function connectFramed(endpoint: Endpoint, timeoutMs: number): Promise<FramedConnection> {
  return new FramedConnection(await connectTcp(endpoint, timeoutMs));
}
