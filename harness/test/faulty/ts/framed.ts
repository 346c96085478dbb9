/**
 * The framed protocol for the TypeScript base: what each request is answered with, and in which order replies leave.
 *
 * One session for one connection. It knows bytes and time, and the socket only as an {@link Outlet}. What waits is kept by replies.ts
 * and delays.ts. `c/framed.c` is its twin.
 */
import { performance } from 'node:perf_hooks';
import { Delays } from './delays.ts';
import { FrameClock } from './frame-clock.ts';
import type { FramedFault } from './framed-fault.ts';
import { errorFrame, frame, HEADER_BYTES, type Header, headerOf, u32 } from './frames.ts';
import { Replies } from './replies.ts';

/** Where replies go, and what they have to respect. */
export interface Outlet {
  readonly maxFrameSize: number;
  readonly maxPendingBytes: number;
  readonly frameTimeoutMs: number;
  /** One line to stderr, with the peer's address. */
  logViolation(code: number, reason: string): void;
  /** Whole frames only. */
  write(bytes: Buffer): void;
  /** Bytes written that the kernel has not taken. */
  pendingBytes(): number;
  pauseReading(): void;
  resumeReading(): void;
  /** FIN after what was written, and a lingering close. */
  finish(): void;
}

const TYPE = { echo: 0x01, discard: 0x02, generate: 0x03, delay: 0x04 };
const NAMES: Readonly<Record<number, string>> = {
  1: 'FRAME_TOO_LARGE',
  2: 'BAD_FLAGS',
  3: 'UNKNOWN_TYPE',
  4: 'BAD_PAYLOAD',
  5: 'OVERLOADED',
  6: 'IDLE_TIMEOUT',
  7: 'FRAME_TIMEOUT',
};
const MOST_DELAY_MS = 60_000;
/** One GENERATE does not keep other connections waiting for longer than this. */
const TURN_BYTES = 262_144;

export class Session {
  readonly outlet: Outlet;
  readonly fault: FramedFault;
  /** The frame that is not complete yet; of one whose payload nobody needs, the header alone. */
  input: Buffer = Buffer.alloc(0);
  skipped = 0;
  /** The type of the frame that is not complete yet was seen to be unknown. */
  told = false;
  /** Complete requests. */
  requests = 0;
  /** Nothing more is parsed. */
  over = false;
  failed = false;
  draining = false;
  finished = false;
  readonly replies: Replies;
  readonly delays: Delays;
  readonly #clock: FrameClock;
  #paused = false;
  #nextTurn: NodeJS.Immediate | undefined;

  constructor(outlet: Outlet, fault: FramedFault) {
    this.outlet = outlet;
    this.fault = fault;
    this.replies = new Replies(outlet.maxFrameSize, fault.patternByte);
    this.delays = new Delays(
      (reply) => outlet.write(reply),
      () => this.#onDelaysSent(),
    );
    this.#clock = new FrameClock(() => this.#onFrameDeadline());
  }

  // what the connection tells

  received(bytes: Buffer): void {
    if (this.over) return;
    const before = this.requests;
    this.input = this.input.length === 0 ? bytes : Buffer.concat([this.input, bytes]);
    while (!this.over && !this.#isBlocked() && this.#takeFrame(bytes.length));
    // A copy: the rest must not hold on to the whole read.
    this.input = this.over ? Buffer.alloc(0) : Buffer.from(this.input);
    this.#timeFrame(this.requests !== before);
    this.settle();
  }

  ended(): void {
    if (!this.over && this.input.length > 0) this.outlet.logViolation(0, 'TRUNCATED_FRAME');
    this.over = true;
    this.#clock.stop();
    if (this.fault.forgetsDelaysAtEof) this.delays.drop();
    this.settle();
  }

  drain(): void {
    const completes = !this.over && this.input.length > 0;
    if (this.fault.drainDropsDelays) this.delays.drop();
    const { goaway } = this.fault;
    const count = goaway ? goaway(this, completes) : this.requests + (completes ? 1 : 0);
    if (!this.failed && count !== undefined) this.outlet.write(frame(0xfe, 0, u32(count)));
    this.draining = true;
    if (!completes) this.over = true;
    this.settle();
  }

  /** No byte has moved for a while. False: an ERROR would wait behind bytes that nobody reads. */
  idle(): boolean {
    if (this.delays.count > 0 && !this.fault.idleCutsDelays) return true;
    if (this.outlet.pendingBytes() > 0 || this.replies.count > 0) return false;
    this.fail(6, 0);
    this.settle();
    return true;
  }

  closed(): void {
    this.over = true;
    this.replies.drop();
    this.delays.drop();
    this.#clock.stop();
  }

  owes(): boolean {
    return this.replies.count > 0 || this.delays.count > 0 || (this.input.length > 0 && !this.over);
  }

  /** Every event ends here: produce, balance, and finish when nothing can follow. */
  settle(): void {
    if (this.finished) return;
    this.#produce();
    this.#balance();
    if (!this.over || this.replies.count > 0 || this.delays.count > 0) return;
    this.finished = true;
    this.outlet.finish();
  }

  // frames

  #isBlocked(): boolean {
    return this.fault.delayBlocks === true && this.delays.count > 0;
  }

  /** One frame from the front of the input; false when it is not complete. */
  #takeFrame(lastRead: number): boolean {
    if (this.input.length < HEADER_BYTES) return false;
    const found = headerOf(this.input);
    const header = { ...found, type: this.fault.type?.(found.type) ?? found.type };
    const code = this.fault.headerError?.(header, this.outlet.maxFrameSize) ?? this.#headerError(header);
    if (code !== 0) {
      this.fail(code, header.id);
      return true;
    }
    const isUnknown = header.type < TYPE.echo || header.type > TYPE.delay;
    if (isUnknown && this.fault.unknownAtOnce && !this.told) this.#violation(3, header);
    this.told = isUnknown;
    const payload = this.#takePayload(header, isUnknown || header.type === TYPE.discard);
    if (payload === undefined) return false;
    this.requests += 1;
    this.told = false;
    if (!isUnknown) this.#answer(header, payload, lastRead);
    else if (!this.fault.unknownAtOnce) this.#violation(3, header, payload);
    if (isUnknown && this.fault.unknownIsFatal) this.over = true;
    if (this.draining && !this.fault.drainReadsOn) this.over = true;
    return true;
  }

  #headerError({ length, flags }: Header): 0 | 1 | 2 {
    if (length > this.outlet.maxFrameSize) return 1;
    return flags === 0 ? 0 : 2;
  }

  /** Undefined while bytes of it are missing. What nobody needs is dropped as it comes. */
  #takePayload({ length }: Header, skips: boolean): Buffer | undefined {
    if (!skips) {
      const end = HEADER_BYTES + length;
      if (this.input.length < end) return undefined;
      const payload = this.input.subarray(HEADER_BYTES, end);
      this.input = this.input.subarray(end);
      return payload;
    }
    const there = Math.min(this.input.length - HEADER_BYTES, length - this.skipped);
    const skipped = this.input.subarray(HEADER_BYTES, HEADER_BYTES + there);
    this.skipped += there;
    const rest = this.input.subarray(HEADER_BYTES + there);
    if (this.skipped < length) {
      this.input = Buffer.from(this.input.subarray(0, HEADER_BYTES));
      return undefined;
    }
    this.skipped = 0;
    this.input = rest;
    return skipped;
  }

  #answer({ type, id, length }: Header, payload: Buffer, lastRead: number): void {
    if (type === TYPE.echo) this.reply(frame(0x81, id, payload));
    else if (type === TYPE.discard) {
      this.reply(
        frame(0x82, id, u32(this.fault.discarded?.(length, lastRead) ?? length), this.fault.discardFlags),
      );
    } else if (type === TYPE.generate) this.#answerGenerate(id, payload);
    else this.#answerDelay(id, payload);
  }

  #violation(code: number, { id }: Pick<Header, 'id'>, payload: Uint8Array = Buffer.alloc(0)): void {
    const name = NAMES[code] ?? '';
    this.outlet.logViolation(code, name);
    this.reply(errorFrame(code, id, this.fault.errorText?.(name, payload) ?? name));
  }

  /** Fatal: nothing more is parsed, DELAYs are dropped, the ERROR is the last of the in-order replies. */
  fail(code: number, id: number): void {
    this.over = true;
    this.failed = true;
    this.delays.drop();
    this.#clock.stop();
    this.#violation(code, { id });
  }

  /** In its turn: behind a GENERATE it waits. */
  reply(bytes: Buffer): void {
    if (this.replies.count === 0) this.outlet.write(bytes);
    else this.replies.push(bytes);
  }

  // GENERATE

  #answerGenerate(id: number, payload: Buffer): void {
    if (payload.length === 4) this.replies.generate(id, payload.readUInt32BE());
    else this.#violation(4, { id }, payload);
  }

  #waitingBytes(): number {
    return this.outlet.pendingBytes() + this.replies.bytes + this.delays.bytes;
  }

  /** Within the bound, and within a budget per turn: the rest comes when the outlet has room. */
  #produce(): void {
    let budget = TURN_BYTES;
    while (budget > 0 && this.#mayProduce()) {
      const bytes = this.replies.next();
      if (!bytes) break;
      budget -= bytes.length;
      this.outlet.write(bytes);
    }
    if (this.replies.count > 0 && this.outlet.pendingBytes() === 0) this.wake();
  }

  /** Something has left: settles in the next turn, once, however much it was. */
  wake(): void {
    this.#nextTurn ??= setImmediate(() => this.#onTurn());
  }

  #onTurn(): void {
    this.#nextTurn = undefined;
    this.settle();
  }

  #mayProduce(): boolean {
    return this.outlet.pendingBytes() === 0 || this.#waitingBytes() < this.outlet.maxPendingBytes;
  }

  // DELAY

  #answerDelay(id: number, payload: Buffer): void {
    const ms = payload.length < 4 ? Number.POSITIVE_INFINITY : payload.readUInt32BE();
    const bytes = payload.subarray(4);
    if (ms > (this.fault.mostDelayMs ?? MOST_DELAY_MS)) this.#violation(4, { id }, payload);
    else if (this.delays.isFull(this.outlet.maxPendingBytes, bytes.length))
      this.#violation(5, { id }, payload);
    else if (this.fault.holdDelay) this.fault.holdDelay(this, frame(0x84, id, bytes), ms);
    else this.#holdDelay(frame(0x84, id, bytes), bytes.length, this.fault.delayMs?.(ms) ?? ms);
  }

  #holdDelay(reply: Buffer, payload: number, ms: number): void {
    this.delays.hold(performance.now() + ms, () => reply, payload);
  }

  #onDelaysSent(): void {
    if (this.fault.delayBlocks) this.received(Buffer.alloc(0));
    this.settle();
  }

  // time and bounds

  /** Stops reading while too much waits, and the clock of the frame with it. */
  #balance(): void {
    const isFull = this.#waitingBytes() > this.outlet.maxPendingBytes;
    const pauses = isFull && !this.over && !this.fault.ignoresPending;
    if (pauses && !this.#paused) {
      this.#clock.pause();
      this.outlet.pauseReading();
    } else if (!pauses && this.#paused) {
      if (!this.over) this.#clock.resume();
      this.outlet.resumeReading();
    }
    this.#paused = pauses;
  }

  /** The clock of a frame runs from its first byte to its last. */
  #timeFrame(isNew: boolean): void {
    if (this.over || this.input.length === 0) this.#clock.stop();
    else if (this.fault.noFrameTimeout) return;
    else if (isNew || !this.#clock.isRunning) this.#clock.start(this.outlet.frameTimeoutMs);
  }

  #onFrameDeadline(): void {
    this.fail(7, this.input.length < HEADER_BYTES ? 0 : headerOf(this.input).id);
    this.settle();
  }
}
