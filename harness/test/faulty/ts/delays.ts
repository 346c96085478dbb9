/**
 * DELAYs of one connection of the TypeScript base: held until they are due, within bounds, and then sent between any two frames.
 * What a DELAY is refused for stands in framed.ts.
 */
import { performance } from 'node:perf_hooks';

interface Delayed {
  dueMs: number;
  /** Undefined: nothing is sent after all. */
  reply: () => Buffer | undefined;
  payload: number;
}

const MOST_DELAYS = 1024;

export class Delays {
  /** Of the payloads. */
  bytes = 0;
  readonly #send: (reply: Buffer) => void;
  readonly #sent: () => void;
  /** The soonest first; equal times in the order of their requests. */
  #waiting: Delayed[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param sent called after what was due has been sent */
  constructor(send: (reply: Buffer) => void, sent: () => void) {
    this.#send = send;
    this.#sent = sent;
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** What is due is outstanding no longer. */
  isFull(maxBytes: number, more: number): boolean {
    if (this.#exceeds(maxBytes, more)) this.#sendDue();
    return this.#exceeds(maxBytes, more);
  }

  #exceeds(maxBytes: number, more: number): boolean {
    return this.count >= MOST_DELAYS || this.bytes + more > maxBytes;
  }

  /** Sends a reply when it is due: between any two frames, whatever waits. That is what the ids are for. */
  hold(dueMs: number, reply: () => Buffer | undefined, payload = 0): void {
    const after = this.#waiting.findLastIndex((other) => other.dueMs <= dueMs);
    this.#waiting.splice(after + 1, 0, { dueMs, reply, payload });
    this.bytes += payload;
    this.#await();
  }

  drop(): void {
    this.#waiting = [];
    this.bytes = 0;
    clearTimeout(this.#timer);
  }

  #await(): void {
    clearTimeout(this.#timer);
    const [first] = this.#waiting;
    if (!first) return;
    const leftMs = Math.max(1, Math.ceil(first.dueMs - performance.now()));
    this.#timer = setTimeout(() => this.#onDue(), leftMs);
  }

  #onDue(): void {
    this.#sendDue();
    this.#await();
    this.#sent();
  }

  #sendDue(): void {
    const nowMs = performance.now();
    for (let due = this.#waiting[0]; due && due.dueMs <= nowMs; due = this.#waiting[0]) {
      this.#waiting.shift();
      this.bytes -= due.payload;
      const reply = due.reply();
      if (reply) this.#send(reply);
    }
  }
}
