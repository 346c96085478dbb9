/**
 * The framed protocol for the TypeScript base: what each request is answered with, and in which order replies leave.
 *
 * One session for one connection. It knows bytes and time, and the socket only as an {@link Outlet}. `c/framed.c` and
 * `c/replies.c` are its twins.
 */
import { performance } from 'node:perf_hooks';
import { errorFrame, frame, HEADER_BYTES, type Header, headerOf, u32 } from './frames.ts';

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

/** What a fault may change; absent means: as it should be. */
export interface FramedFault {
  /** Reading goes on, however much waits. */
  ignoresPending?: true;
  /** Changes the type of a request. */
  type?: (type: number) => number;
  /** Which of two header errors is reported, if any. */
  headerError?: (header: Header, maxFrameSize: number) => 0 | 1 | 2;
  /** The type is looked at as soon as the header is there. */
  unknownAtOnce?: true;
  /** After UNKNOWN_TYPE nothing more is parsed. */
  unknownIsFatal?: true;
  /** Bytes that DISCARD reports. */
  discarded?: (length: number, lastRead: number) => number;
  mostDelayMs?: number;
  delayMs?: (ms: number) => number;
  /** Frames behind a DELAY wait for it. */
  delayBlocks?: true;
  /** Of the reply to DISCARD. */
  discardFlags?: number;
  /** Takes the place of holding a DELAY's reply until it is due. */
  holdDelay?: (session: Session, reply: Buffer, ms: number) => void;
  errorText?: (name: string, payload: Uint8Array) => string;
  /** Byte k of a GENERATE. */
  patternByte?: (k: number) => number;
  /** FIN does not wait for what is outstanding. */
  forgetsDelaysAtEof?: true;
  /** A frame that takes too long is not noticed. */
  noFrameTimeout?: true;
  /** GOAWAY is left out, or its count changed. */
  goaway?: (session: Session, completes: boolean) => number | undefined;
  /** The frames that arrive behind the last one of a drain are answered too. */
  drainReadsOn?: true;
  drainDropsDelays?: true;
  refusesSilently?: true;
  /** A DELAY that is outstanding does not keep the connection from being idle. */
  idleCutsDelays?: true;
}

interface Generate {
  id: number;
  left: number;
  made: number;
}

interface Delayed {
  dueMs: number;
  /** Undefined: nothing is sent after all. */
  reply: () => Buffer | undefined;
  payload: number;
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
const END = 0x01;
const GENERATE_FRAME_BYTES = 65_536;
const PERIOD = 251;
const MOST_DELAY_MS = 60_000;
const MOST_DELAYS = 1024;
/** One GENERATE does not keep other connections waiting for longer than this. */
const TURN_BYTES = 262_144;
/** What a queued reply costs beside its bytes, on the safe side. */
const OVERHEAD_BYTES = 256;

export class Session {
  readonly outlet: Outlet;
  readonly fault: FramedFault;
  /** The frame that is not complete yet; of one whose payload nobody needs, the header alone. */
  input: Buffer = Buffer.alloc(0);
  skipped = 0;
  /** Complete requests. */
  requests = 0;
  /** Nothing more is parsed. */
  over = false;
  failed = false;
  draining = false;
  finished = false;
  /** In-order replies, the first of which is a GENERATE. */
  readonly queue: (Buffer | Generate)[] = [];
  queuedBytes = 0;
  /** The soonest first; equal times in the order of their requests. */
  delays: Delayed[] = [];
  delayedBytes = 0;
  #delayTimer: NodeJS.Timeout | undefined;
  #frameTimer: NodeJS.Timeout | undefined;
  #frameDueMs = 0;
  #frameLeftMs = 0;
  #paused = false;
  #nextTurn: NodeJS.Immediate | undefined;

  constructor(outlet: Outlet, fault: FramedFault) {
    this.outlet = outlet;
    this.fault = fault;
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
    this.#stopFrameClock();
    if (this.fault.forgetsDelaysAtEof) this.#dropDelays();
    this.settle();
  }

  drain(): void {
    const completes = !this.over && this.input.length > 0;
    if (this.fault.drainDropsDelays) this.#dropDelays();
    const { goaway } = this.fault;
    const count = goaway ? goaway(this, completes) : this.requests + (completes ? 1 : 0);
    if (!this.failed && count !== undefined) this.outlet.write(frame(0xfe, 0, u32(count)));
    this.draining = true;
    if (!completes) this.over = true;
    this.settle();
  }

  /** No byte has moved for a while. False: an ERROR would wait behind bytes that nobody reads. */
  idle(): boolean {
    if (this.delays.length > 0 && !this.fault.idleCutsDelays) return true;
    if (this.outlet.pendingBytes() > 0 || this.queue.length > 0) return false;
    this.fail(6, 0);
    this.settle();
    return true;
  }

  closed(): void {
    this.over = true;
    this.queue.length = 0;
    this.#dropDelays();
    this.#stopFrameClock();
  }

  owes(): boolean {
    return this.queue.length > 0 || this.delays.length > 0 || (this.input.length > 0 && !this.over);
  }

  /** Every event ends here: produce, balance, and finish when nothing can follow. */
  settle(): void {
    if (this.finished) return;
    this.#produce();
    this.#balance();
    if (!this.over || this.queue.length > 0 || this.delays.length > 0) return;
    this.finished = true;
    this.outlet.finish();
  }

  // frames

  #isBlocked(): boolean {
    return this.fault.delayBlocks === true && this.delays.length > 0;
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
    if (isUnknown && this.fault.unknownAtOnce && this.skipped === 0) this.#violation(3, header);
    const payload = this.#takePayload(header, isUnknown || header.type === TYPE.discard);
    if (payload === undefined) return false;
    this.requests += 1;
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
    this.#dropDelays();
    this.#stopFrameClock();
    this.#violation(code, { id });
  }

  /** In its turn: behind a GENERATE it waits. */
  reply(bytes: Buffer): void {
    if (this.queue.length === 0) {
      this.outlet.write(bytes);
      return;
    }
    this.queue.push(bytes);
    this.queuedBytes += bytes.length + OVERHEAD_BYTES;
  }

  // GENERATE

  #answerGenerate(id: number, payload: Buffer): void {
    if (payload.length !== 4) {
      this.#violation(4, { id }, payload);
      return;
    }
    this.queue.push({ id, left: payload.readUInt32BE(), made: 0 });
    this.queuedBytes += OVERHEAD_BYTES;
  }

  #waitingBytes(): number {
    return this.outlet.pendingBytes() + this.queuedBytes + this.delayedBytes;
  }

  /** Within the bound, and within a budget per turn: the rest comes when the outlet has room. */
  #produce(): void {
    let budget = TURN_BYTES;
    while (this.queue.length > 0 && budget > 0 && this.#mayProduce()) {
      const first = this.queue[0] as Buffer | Generate;
      const bytes = 'left' in first ? this.#nextFrame(first) : first;
      if (!('left' in first && first.left > 0)) {
        this.queue.shift();
        this.queuedBytes -= OVERHEAD_BYTES + ('left' in first ? 0 : first.length);
      }
      budget -= bytes.length;
      this.outlet.write(bytes);
    }
    if (this.queue.length > 0 && this.outlet.pendingBytes() === 0) this.wake();
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

  #nextFrame(generate: Generate): Buffer {
    const length = Math.min(generate.left, GENERATE_FRAME_BYTES, this.outlet.maxFrameSize);
    const payload = Buffer.allocUnsafe(length);
    const patternByte = this.fault.patternByte ?? ((k: number) => k % PERIOD);
    for (let i = 0; i < length; i++) payload[i] = patternByte(generate.made + i);
    generate.left -= length;
    generate.made += length;
    return frame(0x83, generate.id, payload, generate.left === 0 ? END : 0);
  }

  // DELAY

  #answerDelay(id: number, payload: Buffer): void {
    const ms = payload.length < 4 ? Number.POSITIVE_INFINITY : payload.readUInt32BE();
    const bytes = payload.subarray(4);
    if (ms > (this.fault.mostDelayMs ?? MOST_DELAY_MS)) this.#violation(4, { id }, payload);
    else if (
      this.delays.length >= MOST_DELAYS ||
      this.delayedBytes + bytes.length > this.outlet.maxPendingBytes
    )
      this.#violation(5, { id }, payload);
    else if (this.fault.holdDelay) this.fault.holdDelay(this, frame(0x84, id, bytes), ms);
    else this.#holdDelay(frame(0x84, id, bytes), bytes.length, this.fault.delayMs?.(ms) ?? ms);
  }

  #holdDelay(reply: Buffer, payload: number, ms: number): void {
    this.holdUntil(performance.now() + ms, () => reply, payload);
  }

  /** Sends a reply when it is due: between any two frames, whatever waits. */
  holdUntil(dueMs: number, reply: () => Buffer | undefined, payload = 0): void {
    const after = this.delays.findLastIndex((other) => other.dueMs <= dueMs);
    this.delays.splice(after + 1, 0, { dueMs, reply, payload });
    this.delayedBytes += payload;
    this.#awaitDelay();
  }

  #awaitDelay(): void {
    clearTimeout(this.#delayTimer);
    const [first] = this.delays;
    if (!first) return;
    const leftMs = Math.max(1, Math.ceil(first.dueMs - performance.now()));
    this.#delayTimer = setTimeout(() => this.#onDelayDue(), leftMs);
  }

  /** Between any two frames: that is what the ids are for. */
  #onDelayDue(): void {
    const nowMs = performance.now();
    for (let due = this.delays[0]; due && due.dueMs <= nowMs; due = this.delays[0]) {
      this.delays.shift();
      this.delayedBytes -= due.payload;
      const reply = due.reply();
      if (reply) this.outlet.write(reply);
    }
    this.#awaitDelay();
    if (this.fault.delayBlocks) this.received(Buffer.alloc(0));
    this.settle();
  }

  #dropDelays(): void {
    this.delays = [];
    this.delayedBytes = 0;
    clearTimeout(this.#delayTimer);
  }

  // time and bounds

  /** Stops reading while too much waits, and the clock of the frame with it. */
  #balance(): void {
    const isFull = this.#waitingBytes() > this.outlet.maxPendingBytes;
    const pauses = isFull && !this.over && !this.fault.ignoresPending;
    if (pauses && !this.#paused) {
      this.#frameLeftMs = this.#frameTimer ? Math.max(1, this.#frameDueMs - performance.now()) : 0;
      this.#stopFrameClock();
      this.outlet.pauseReading();
    } else if (!pauses && this.#paused) {
      if (this.#frameLeftMs > 0 && !this.over) this.#startFrameClock(this.#frameLeftMs);
      this.outlet.resumeReading();
    }
    this.#paused = pauses;
  }

  /** The clock of a frame runs from its first byte to its last. */
  #timeFrame(isNew: boolean): void {
    if (this.over || this.input.length === 0) this.#stopFrameClock();
    else if (isNew || !this.#frameTimer) this.#startFrameClock(this.outlet.frameTimeoutMs);
  }

  #startFrameClock(ms: number): void {
    if (this.fault.noFrameTimeout) return;
    clearTimeout(this.#frameTimer);
    this.#frameDueMs = performance.now() + ms;
    this.#frameTimer = setTimeout(() => this.#onFrameDeadline(), Math.ceil(ms) + 1);
  }

  #stopFrameClock(): void {
    clearTimeout(this.#frameTimer);
    this.#frameTimer = undefined;
  }

  #onFrameDeadline(): void {
    this.fail(7, this.input.length < HEADER_BYTES ? 0 : headerOf(this.input).id);
    this.settle();
  }
}
