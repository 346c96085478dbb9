// A server of the framed protocol (docs/protocol.md): from bytes to frames, from frames to replies.
//
// Replies are produced at once and whole, and as much waits in memory as the peer asks for: what that costs is the
// subject of the next exercises. Bytes and frames are the business of codec.ts.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';
import { BAD_PAYLOAD, decode, encode, encodeError, type Frame, UNKNOWN_TYPE, u32 } from './codec.ts';

const ECHO = 0x01;
const DISCARD = 0x02;
const GENERATE = 0x03;
const DELAY = 0x04;
const REPLY = 0x80; // a reply has the type of its request with this bit set
const END = 0x01; // the flag of the last frame of a GENERATE

const GENERATE_FRAME_BYTES = 65_536;
const PERIOD = 251; // byte k of a GENERATE is k mod this
const MAX_DELAY_MS = 60_000;
const PATTERN = Buffer.from(Array.from({ length: GENERATE_FRAME_BYTES + PERIOD }, (_, k) => k % PERIOD));

/** One connection. */
class Session {
  readonly socket: Socket;
  readonly maxFrameSize: number;
  input: Buffer = Buffer.alloc(0); // of a frame that is not complete yet
  over = false; // nothing more is parsed
  readonly delays = new Set<NodeJS.Timeout>(); // outstanding

  constructor(socket: Socket, maxFrameSize: number) {
    this.socket = socket;
    this.maxFrameSize = maxFrameSize;
    socket.on('data', (bytes: Buffer) => this.received(bytes));
    socket.on('end', () => this.finish());
    socket.on('error', () => {});
    socket.on('close', () => this.dropDelays());
  }

  /** A read returns half a frame, or three and a half: nothing may depend on how the bytes were cut. */
  received(bytes: Buffer): void {
    // TODO: answer every frame that is complete, keep the rest for later, and fail() where the codec refuses
  }

  /** What each request is answered with: docs/protocol.md section 2. */
  answer({ type, id, payload }: Frame): void {
    // TODO: reply to ECHO, DISCARD, GENERATE and DELAY, and with ERROR 3 or 4 to what is none of them
  }

  reply(type: number, id: number, payload: Buffer, flags = 0): void {
    this.socket.write(encode({ type: type | REPLY, flags, id, payload }));
  }

  /** A stream of `count` bytes in frames of at most 64 KiB, the last of which, and only it, has the flag END. */
  generate(id: number, count: number): void {
    // TODO: send `count` bytes of the pattern; nothing to send is one empty frame with END
  }

  /** The reply comes when it is due; until then, other requests are answered. */
  delay(id: number, payload: Buffer): void {
    // TODO: send the bytes behind the milliseconds when these have passed, and not before
  }

  due(timer: NodeJS.Timeout, id: number, bytes: Buffer): void {
    this.delays.delete(timer);
    this.reply(DELAY, id, bytes);
    if (this.over) this.finish();
  }

  /** A fatal ERROR: where the framing is lost, nothing behind it can be understood. */
  fail(code: number, id: number): void {
    // TODO: drop the DELAYs, send the ERROR, and end the connection
  }

  /** Nothing more is parsed. Our FIN follows the last reply that is owed; an outstanding DELAY is owed. */
  finish(): void {
    // TODO: end our half, as soon as no DELAY is outstanding
  }

  dropDelays(): void {
    for (const timer of this.delays) clearTimeout(timer);
    this.delays.clear();
  }
}

async function listen(options: Options): Promise<number> {
  // A frame is small, and its reply is awaited: noDelay turns off the Nagle algorithm, which waits for more to send.
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.on('connection', (socket) => new Session(socket, options.maxFrameSize));
  server.listen(options.port, options.host, options.backlog);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

await run('framed', { listen });
