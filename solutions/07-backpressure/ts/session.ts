// One connection of the framed protocol, with bounded memory: a peer that does not read is not read from either.
//
// What the kernel does not take waits in our memory, and a peer decides how much that is, unless we do. Nothing here looks
// at the clock: a peer that stays like this for ever is the subject of the next exercise.

import type { Socket } from 'node:net';
import type { Options } from '../../given/ts/contract.ts';
import { BAD_PAYLOAD, decode, encodeError, type Frame, UNKNOWN_TYPE, u32 } from './codec.ts';
import { cost, DELAY, DISCARD, ECHO, GENERATE, type Generating, nextFrame, reply } from './replies.ts';

const MAX_DELAY_MS = 60_000;

export class Session {
  readonly socket: Socket;
  readonly options: Options;
  input: Buffer = Buffer.alloc(0); // of a frame that is not complete yet
  over = false; // nothing more is parsed
  readonly delays = new Set<NodeJS.Timeout>(); // outstanding
  readonly queue: (Buffer | Generating)[] = []; // in-order replies that wait; the first is a GENERATE or was behind one
  queuedBytes = 0; // held by the queue
  turn: NodeJS.Immediate | undefined; // of produce()

  constructor(socket: Socket, options: Options) {
    this.socket = socket;
    this.options = options;
    socket.on('data', (bytes: Buffer) => this.received(bytes));
    // BEGIN SOLUTION: go on with produce() and balance() when everything that was written has left
    socket.on('drain', () => this.produce());
    // END SOLUTION
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
    this.balance();
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
    if (this.queue.length === 0) this.socket.write(frame);
    else this.enqueue(frame);
  }

  enqueue(waiting: Buffer | Generating): void {
    this.queue.push(waiting);
    this.queuedBytes += cost(waiting);
  }

  generate(id: number, count: number): void {
    const generating = { id, count, made: 0 };
    this.enqueue(generating);
    if (this.queue.length === 1) this.produce();
  }

  /** Sends what is first in the queue, one frame in each turn of the loop, and never ahead of the peer that reads it. */
  produce(): void {
    this.turn = undefined;
    const first = this.queue[0];
    // BEGIN SOLUTION: write only while the socket wants more: a GENERATE of 4 GiB must not become 4 GiB of memory
    // STUB: if (first !== undefined && !this.socket.destroyed) this.sendFirst(first);
    // needDrain: writableHighWaterMark (server.ts) waits already, and 'drain' will say when it has left.
    if (first !== undefined && !this.socket.destroyed && !this.socket.writableNeedDrain)
      this.sendFirst(first);
    // END SOLUTION
    this.balance();
    if (this.queue.length === 0 && this.over) this.finish();
  }

  sendFirst(first: Buffer | Generating): void {
    const isGenerating = 'made' in first;
    this.socket.write(isGenerating ? nextFrame(first, this.options.maxFrameSize) : first);
    if (!isGenerating || first.made === first.count) {
      this.queue.shift();
      this.queuedBytes -= cost(first);
    }
    if (this.queue.length > 0) this.turn ??= setImmediate(() => this.produce());
  }

  /** Stops reading while more than --max-pending-bytes wait for this peer, and begins again when there is room. */
  balance(): void {
    // BEGIN SOLUTION: pause the socket while too much waits, in the socket and in `queue`, and resume it when there is room
    // What we do not read fills the receive buffer of our kernel; its window closes, and the peer's own writes wait. That is
    // how TCP hands the pressure back to where it comes from. After `over` we read on in any case, to discard.
    const waitingBytes = this.socket.writableLength + this.queuedBytes;
    if (waitingBytes > this.options.maxPendingBytes && !this.over) this.socket.pause();
    else this.socket.resume();
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
    this.balance();
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
