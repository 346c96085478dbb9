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
    // BEGIN SOLUTION: let a reply wait in `queue` while a GENERATE before it is not finished
    // STUB: this.socket.write(frame);
    if (this.queue.length === 0) this.socket.write(frame);
    else this.queue.push(frame);
    // END SOLUTION
  }

  generate(id: number, count: number): void {
    const generating = { id, count, made: 0 };
    // BEGIN SOLUTION: put the GENERATE into `queue`, and let produce() send it turn by turn; here it is sent in one go
    // STUB: do this.socket.write(nextFrame(generating, this.options.maxFrameSize));
    // STUB: while (generating.made < generating.count);
    this.queue.push(generating);
    if (this.queue.length === 1) this.produce();
    // END SOLUTION
  }

  /** Sends what is first in the queue, one frame in each turn of the loop, until the queue is empty. */
  produce(): void {
    // BEGIN SOLUTION: send one frame of the first in `queue`, and come back in the next turn; finish() when none is left and it is `over`
    const first = this.queue[0];
    if (first === undefined || this.socket.destroyed) return; // the peer has gone: so has its work
    const isGenerating = 'made' in first;
    this.socket.write(isGenerating ? nextFrame(first, this.options.maxFrameSize) : first);
    if (!isGenerating || first.made === first.count) this.queue.shift();
    // Not process.nextTick(), and not a promise: these run before the loop looks at any other socket, so that the work
    // would be cut into pieces and still be done in one go.
    if (this.queue.length > 0) setImmediate(() => this.produce());
    else if (this.over) this.finish();
    // END SOLUTION
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
