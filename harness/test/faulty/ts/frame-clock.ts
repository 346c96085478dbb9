/** --frame-timeout-ms in the TypeScript base: a frame has so long from its first byte to its last, pauses of reading not counted. */
import { performance } from 'node:perf_hooks';

export class FrameClock {
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  #leftMs = 0;

  constructor(expired: () => void) {
    this.#expired = expired;
  }

  get isRunning(): boolean {
    return this.#timer !== undefined;
  }

  start(ms: number): void {
    clearTimeout(this.#timer);
    this.#dueMs = performance.now() + ms;
    this.#timer = setTimeout(() => this.#expired(), Math.ceil(ms) + 1);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Keeps what is left for {@link resume}. */
  pause(): void {
    this.#leftMs = this.#timer ? Math.max(1, this.#dueMs - performance.now()) : 0;
    this.stop();
  }

  resume(): void {
    if (this.#leftMs > 0) this.start(this.#leftMs);
  }
}
