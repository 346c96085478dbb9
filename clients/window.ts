/**
 * A window of requests: the sender waits here while as many are under way as the pipeline depth allows.
 *
 * Deliberately for one sender only: a second waiter would need a queue, and no client has two.
 */

export class Window {
  readonly #hasRoom: () => boolean;
  #wake: (() => void) | undefined;

  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom;
  }

  /** Waits until there is room for one more request. */
  async room(): Promise<void> {
    while (!this.#hasRoom()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** To be called when requests were answered or given up: lets the sender look again. */
  moved(): void {
    this.#wake?.();
  }
}
