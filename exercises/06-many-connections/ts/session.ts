// One connection of the framed protocol, among many: no peer keeps the others waiting, whatever it asks for.
//
// All connections share one thread and its event loop. Waiting costs nothing there, but whoever computes has the loop for
// itself: a long piece of work is cut into turns. How much may wait in memory is the subject of the next exercise.

import type { Socket } from 'node:net';
import type { Options } from '../../given/ts/contract.ts';
import { BAD_PAYLOAD, decode, encodeError, type Frame, UNKNOWN_TYPE, u32 } from './codec.ts';
import { DELAY, DISCARD, ECHO, GENERATE, type Generating, nextFrame, reply } from './replies.ts';

const MAX_DELAY_MS = 60_000;

export class Session {
  readonly socket: Socket;
  readonly options: Options;
  input: Buffer = Buffer.alloc(0); // of a frame that is not complete yet
  over = false; // nothing more is parsed
  readonly delays = new Set<NodeJS.Timeout>(); // outstanding
  readonly queue: (Buffer | Generating)[] = []; // in-order replies that wait; the first is a GENERATE or was behind one

  constructor(socket: Socket, options: Options) {
    this.socket = socket;
    this.options = options;
    socket.on('data', (bytes: Buffer) => this.received(bytes));
    socket.on('end', () => this.finish());
    socket.on('error', () => {});
    socket.on('close', () => this.dropDelays());
  }

  received(bytes: Buffer): void {
    if (this.over) return;
    this.input = this.input.length === 0 ? bytes : Buffer.concat([this.input, bytes]);
    let decoded = decode(this.input, this.options.maxFrameSize);
    while (decoded.outcome === 'complete') {
      this.input = this.input.subarray(decoded.bytes);
      this.answer(decoded.frame);
      decoded = decode(this.input, this.options.maxFrameSize);
    }
    if (decoded.outcome === 'error') this.fail(decoded.code, decoded.id);
  }

  answer({ type, id, payload }: Frame): void {
    if (type === ECHO) this.send(reply(type, id, payload));
    else if (type === DISCARD) this.send(reply(type, id, u32(payload.length)));
    else if (type === GENERATE && payload.length === 4) this.generate(id, payload.readUInt32BE());
    else if (type === DELAY && payload.length >= 4 && payload.readUInt32BE() <= MAX_DELAY_MS)
      this.delay(id, payload);
    else if (type === GENERATE || type === DELAY) this.send(encodeError(BAD_PAYLOAD, id));
    else this.send(encodeError(UNKNOWN_TYPE, id));
  }

  /** Sends an in-order reply. */
  send(frame: Buffer): void {
    // TODO: let a reply wait in `queue` while a GENERATE before it is not finished
    this.socket.write(frame);
  }

  generate(id: number, count: number): void {
    const generating = { id, count, made: 0 };
    // TODO: put the GENERATE into `queue`, and let produce() send it turn by turn; here it is sent in one go
    do this.socket.write(nextFrame(generating, this.options.maxFrameSize));
    while (generating.made < generating.count);
  }

  /** Sends what is first in the queue, one frame in each turn of the loop, until the queue is empty. */
  produce(): void {
    // TODO: send one frame of the first in `queue`, and come back in the next turn; finish() when none is left and it is `over`
  }

  /** Out of order, at its time: between two frames of a GENERATE as well. That is what ids are for. */
  delay(id: number, payload: Buffer): void {
    const bytes = Buffer.from(payload.subarray(4));
    const timer = setTimeout(() => this.due(timer, id, bytes), payload.readUInt32BE() + 1);
    this.delays.add(timer);
  }

  due(timer: NodeJS.Timeout, id: number, bytes: Buffer): void {
    this.delays.delete(timer);
    this.socket.write(reply(DELAY, id, bytes));
    if (this.over) this.finish();
  }

  fail(code: number, id: number): void {
    this.dropDelays();
    this.send(encodeError(code, id));
    this.finish();
  }

  finish(): void {
    this.over = true;
    this.input = Buffer.alloc(0);
    if (this.delays.size === 0 && this.queue.length === 0) this.socket.end();
  }

  dropDelays(): void {
    for (const timer of this.delays) clearTimeout(timer);
    this.delays.clear();
  }
}
