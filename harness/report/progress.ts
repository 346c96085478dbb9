/**
 * One status line on stderr that rewrites itself: only on a terminal, and only for work that takes longer
 * than two seconds.
 */
import { performance } from 'node:perf_hooks';

const QUIET_FOR_MS = 2000;
const CLEAR_LINE = '\r\u001b[K';

export class ProgressLine {
  readonly #startedAt = performance.now();
  #shown = false;

  show(text: string): void {
    if (!process.stderr.isTTY || performance.now() - this.#startedAt < QUIET_FOR_MS) return;
    process.stderr.write(`${CLEAR_LINE}${text.slice(0, (process.stderr.columns || 80) - 1)}`);
    this.#shown = true;
  }

  /** Takes the line away, so that a result can be printed. */
  clear(): void {
    if (this.#shown) process.stderr.write(CLEAR_LINE);
    this.#shown = false;
  }
}
