// One connection of the framed protocol, from the first byte to a stop in order: what was accepted is answered.
//
// At a drain the peer is told how many of its requests are or will be answered; it can send the others elsewhere. When the
// process ends, server.ts decides.

import type { Socket } from 'node:net';
import type { Options } from '../../given/ts/contract.ts';
import {
  BAD_PAYLOAD,
  decode,
  encode,
  encodeError,
  FRAME_TIMEOUT,
  type Frame,
  HEADER_BYTES,
  IDLE_TIMEOUT,
  OVERLOADED,
  UNKNOWN_TYPE,
  u32,
} from './codec.ts';
import { Delays } from './delays.ts';
import { cost, DELAY, DISCARD, ECHO, GENERATE, type Generating, nextFrame, reply } from './replies.ts';

const MAX_DELAY_MS = 60_000;
const GOAWAY = 0xfe;

export class Session {
  readonly socket: Socket;
  readonly options: Options;
  input: Buffer = Buffer.alloc(0); // of a frame that is not complete yet
  over = false; // nothing more is parsed
  draining = false; // the frame that is being read is the last one
  requests = 0; // complete so far
  readonly delays = new Delays(); // outstanding
  frameClock: NodeJS.Timeout | undefined; // while a frame is not complete
  lingerClock: NodeJS.Timeout | undefined; // after our FIN
  readonly queue: (Buffer | Generating)[] = []; // in-order replies that wait; the first is a GENERATE or was behind one
  queuedBytes = 0; // held by the queue
  turn: NodeJS.Immediate | undefined; // of produce()

  constructor(socket: Socket, options: Options) {
    this.socket = socket;
    this.options = options;
    socket.on('data', (bytes: Buffer) => this.received(bytes));
    socket.on('drain', () => this.produce());
    socket.on('end', () => this.finish());
    socket.on('error', () => {});
    socket.on('close', () => this.stopClocks());
    // One timer for each socket, which Node starts anew with every read and write, and stops when the socket is closed.
    // Not the callback of setTimeout(), which is called once: a connection that was left alone has to be looked at again.
    socket.setTimeout(options.idleTimeoutMs).on('timeout', () => this.idle());
    socket.on('finish', () => this.linger());
  }

  received(bytes: Buffer): void {
    if (this.over) return;
    this.input = this.input.length === 0 ? bytes : Buffer.concat([this.input, bytes]);
    let isNew = false; // the frame that is not complete began in this read
    let decoded = decode(this.input, this.options.maxFrameSize);
    while (decoded.outcome === 'complete') {
      isNew = true;
      this.input = this.input.subarray(decoded.bytes);
      this.answer(decoded.frame);
      // BEGIN SOLUTION: count the request, and let it be the last one when the server is draining
      this.requests += 1;
      if (this.draining) this.finish(); // the input is empty then: the loop ends
      // END SOLUTION
      decoded = decode(this.input, this.options.maxFrameSize);
    }
    if (decoded.outcome === 'error') this.fail(decoded.code, decoded.id);
    this.timeFrame(isNew);
    this.balance();
  }

  /** Starts and stops the clock of a frame, which runs from its first byte to its last. */
  timeFrame(isNew: boolean): void {
    // The idle clock is not enough: one byte now and then keeps a connection busy for ever, and ten thousand of them take all
    // connections that there are (a "slowloris"). So bytes do not start this clock anew.
    if (isNew || this.input.length === 0) {
      clearTimeout(this.frameClock);
      this.frameClock = undefined;
    }
    if (this.input.length > 0) this.frameClock ??= setTimeout(() => this.late(), this.options.frameTimeoutMs);
  }

  /** The frame took too long. Its id is known as soon as its header is complete. */
  late(): void {
    this.fail(FRAME_TIMEOUT, this.input.length < HEADER_BYTES ? 0 : this.input.readUInt16BE(6));
  }

  /** No byte has moved for --idle-timeout-ms: docs/contract.md section 6. */
  idle(): void {
    if (this.delays.count > 0) return; // the reply will start the clock anew
    // A FIN would wait behind the bytes that nobody reads. RST needs no room.
    if (this.socket.writableLength > 0 || this.queue.length > 0) this.socket.resetAndDestroy();
    else if (!this.over) this.fail(IDLE_TIMEOUT, 0);
  }

  /** Our FIN is sent: the peer has --linger-ms to send its own. */
  linger(): void {
    this.lingerClock = setTimeout(() => this.socket.destroy(), this.options.lingerMs);
  }

  /** A timer that outlives its connection keeps the memory of it, and fires for nobody. */
  stopClocks(): void {
    this.delays.clear();
    clearTimeout(this.frameClock);
    clearTimeout(this.lingerClock);
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
    // needDrain: writableHighWaterMark (server.ts) waits already, and 'drain' will say when it has left.
    if (first !== undefined && !this.socket.destroyed && !this.socket.writableNeedDrain)
      this.sendFirst(first);
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
    // What we do not read fills the receive buffer of our kernel; its window closes, and the peer's own writes wait. That is
    // how TCP hands the pressure back to where it comes from. After `over` we read on in any case, to discard.
    const waitingBytes = this.socket.writableLength + this.queuedBytes + this.delays.bytes;
    if (waitingBytes > this.options.maxPendingBytes && !this.over) this.socket.pause();
    else this.socket.resume();
  }

  /** Out of order, at its time: between two frames of a GENERATE as well. That is what ids are for. */
  delay(id: number, payload: Buffer): void {
    const ms = payload.readUInt32BE();
    const frame = reply(DELAY, id, payload.subarray(4));
    // What is due already is never outstanding.
    if (ms === 0) this.socket.write(frame);
    else if (!this.delays.hasRoom(payload.length - 4, this.options.maxPendingBytes))
      this.send(encodeError(OVERLOADED, id));
    else this.delays.add(ms, frame, (due) => this.due(due));
  }

  due(frame: Buffer): void {
    this.socket.write(frame);
    this.balance();
    if (this.over) this.finish();
  }

  fail(code: number, id: number): void {
    this.delays.clear();
    this.send(encodeError(code, id));
    this.finish();
  }

  finish(): void {
    this.over = true;
    this.input = Buffer.alloc(0);
    this.timeFrame(false);
    if (this.delays.count === 0 && this.queue.length === 0) this.socket.end();
  }

  /** The server stops: says GOAWAY, completes the frame that has begun, and ends the connection when nothing is owed. */
  drain(): void {
    // BEGIN SOLUTION: send GOAWAY with the number of requests that are or will be answered, and finish() if no frame has begun
    // A byte of a frame that we have read is a request that we have taken on: it is counted, and answered when the rest comes.
    const completes = !this.over && this.input.length > 0;
    const payload = u32(this.requests + (completes ? 1 : 0));
    // Not in its turn, behind a long GENERATE, but now: the peer can begin to send elsewhere. Whole frames only are ever
    // written, so that this is a boundary between two.
    if (!this.socket.writableEnded) this.socket.write(encode({ type: GOAWAY, flags: 0, id: 0, payload }));
    this.draining = true;
    if (!completes) this.finish();
    this.balance(); // from now on what comes is discarded: a socket that was paused is read again
    // END SOLUTION
  }

  /** True while the peer is still to get something. */
  owes(): boolean {
    // BEGIN SOLUTION: say whether a reply is being produced, waits, or is not written yet, or a last frame is not complete
    // STUB: return false;
    const isReplying = this.queue.length > 0 || this.delays.count > 0 || this.socket.writableLength > 0;
    return isReplying || (this.draining && !this.over);
    // END SOLUTION
  }
}
