/**
 * Everything that one check waits for, by name, and the two ways in which all of it ends at once: the
 * deadline, and the end of the check.
 */
import { CheckFailure, type FailureFacts } from './check.ts';

const NOTHING_MORE = 'nothing more happened within';

/** True when nothing wrong was seen, and only the deadline ended the check. */
export function isDeadline({ actual }: FailureFacts): boolean {
  return actual.startsWith(NOTHING_MORE);
}

/** The errors by which all waits of a check ended at once. */
const endings = new WeakSet<object>();

/** True for the end of a wait that nobody was waiting on any more: a check may leave some behind when it throws. */
export function endedWithItsCheck(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && endings.has(reason);
}

export class Waits {
  readonly #names = new Set<{ what: string }>();
  readonly #end: Promise<never>;
  #rejectAll: (reason: Error) => void = () => {};
  /** Called whenever something that was waited for has come. */
  onProgress: () => void = () => {};

  constructor() {
    this.#end = new Promise<never>((_, reject) => {
      this.#rejectAll = reject;
    });
    // There may be no wait when the end comes.
    this.#end.catch(() => {});
  }

  /** Waits for a promise under a name; rejects when everything ends first. */
  async for<T>(what: string, promise: Promise<T>): Promise<T> {
    const entry = { what };
    this.#names.add(entry);
    try {
      const value = await Promise.race([promise, this.#end]);
      this.onProgress();
      return value;
    } finally {
      this.#names.delete(entry);
    }
  }

  /** Ends all waits with a failure that names them. */
  expire(deadlineMs: number): CheckFailure {
    const names = [...this.#names].map(({ what }) => what);
    const failure = new CheckFailure({
      expected: names.length > 0 ? eachOnce(names).join(', and ') : 'the check to come to its end',
      actual: `${NOTHING_MORE} ${deadlineMs / 1000} s`,
    });
    this.#endAll(failure);
    return failure;
  }

  /** Ends all waits: the check is over, whatever it still waits for. */
  end(): void {
    this.#endAll(new Error('the check is over'));
  }

  #endAll(reason: Error): void {
    endings.add(reason);
    this.#rejectAll(reason);
  }
}

/** `the echo (3 times)`. Sorted: which of two waits began first is chance. */
function eachOnce(names: readonly string[]): string[] {
  return [...new Set(names)].sort().map((name) => {
    const times = names.filter((other) => other === name).length;
    return times === 1 ? name : `${name} (${times} times)`;
  });
}
