/**
 * A window of requests: at most `size` may be unanswered at a time (the pipeline depth).
 *
 * Deliberately for one sender only: a second waiter would need a queue, and no client has two.
 */

export class Window {
  #free: number;
  #wake: (() => void) | undefined;

  constructor(size: number) {
    this.#free = size;
  }

  /** Waits until one more request may be sent, and takes its place. */
  async acquire(): Promise<void> {
    while (this.#free === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#free--;
  }

  /** Gives back the places of requests that were answered (or given up). */
  release(count: number): void {
    this.#free += count;
    this.#wake?.();
  }
}
