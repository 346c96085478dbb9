/**
 * Progress of a long run of pieces that take about equally long: a line that is rewritten on a terminal, a plain line a minute
 * elsewhere. It tells how much time is left.
 */
import { duration } from '../bench/status.ts';
import { ProgressLine } from './progress.ts';

const PLAIN_LINE_EVERY_MS = 60_000;

export class PassedTime {
  readonly #line = new ProgressLine();
  readonly #startedAt = performance.now();
  readonly #pieces: number;
  #finished = 0;
  #lastPlainAt = performance.now();

  /** @param pieces how many are to be done in this run */
  constructor(pieces: number) {
    this.#pieces = pieces;
  }

  show(text: string): void {
    this.#line.show(`${text}${this.#left()}`);
  }

  /** One more piece is done. */
  finishOne(text: string): void {
    this.#finished++;
    this.show(text);
    if (process.stderr.isTTY || performance.now() - this.#lastPlainAt < PLAIN_LINE_EVERY_MS) return;
    this.#lastPlainAt = performance.now();
    process.stderr.write(`${text}${this.#left()}\n`);
  }

  /** Takes the line away. */
  end(): void {
    this.#line.clear();
  }

  /** By the mean of what was done so far; nothing before the first piece. */
  #left(): string {
    if (this.#finished === 0) return '';
    const meanMs = (performance.now() - this.#startedAt) / this.#finished;
    return `, ${duration(meanMs * (this.#pieces - this.#finished))} left`;
  }
}
