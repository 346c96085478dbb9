/**
 * Tries that show what counts as activity: bytes move again and again, the pauses are shorter than the idle limit and together longer.
 *
 * On a busy machine a pause may become longer than the limit: growing-limit.ts then tries again.
 */
import type { Flags } from '../process.ts';
import { CheckFailure } from './check.ts';
import type { CheckContext, Server } from './context.ts';
import { unlessTooSlow, withGrowingLimit } from './growing-limit.ts';
import { isDeadline } from './waits.ts';

/** Of the server with which a check begins: the check names it in its `flags`. */
export const FIRST_IDLE_LIMIT_MS = 600;
/** Of the limit: two pauses are shorter than it, three are longer. */
const PAUSE_PART = 0.4;

/** What is said when a server closed although bytes had moved. */
export interface ClosedTooSoon {
  expected: string;
  cause: string;
  hint: string;
}

/** One try, with a server of its own. */
export class IdleTry {
  readonly server: Server;
  readonly #context: CheckContext;
  readonly #limitMs: number;
  readonly #advice: ClosedTooSoon;
  #movedAt = performance.now();

  constructor(context: CheckContext, server: Server, limitMs: number, advice: ClosedTooSoon) {
    this.#context = context;
    this.server = server;
    this.#limitMs = limitMs;
    this.#advice = advice;
  }

  async pause(): Promise<void> {
    await this.#context.elapse(PAUSE_PART * this.#limitMs, 'a pause, shorter than the idle limit');
  }

  /** Does `work`, in which bytes move. If it fails, the server has closed too soon, or this machine was too slow. */
  async move<T>(work: () => Promise<T>): Promise<T> {
    const beganAt = performance.now();
    try {
      const done = await unlessTooSlow(this.#movedAt, this.#limitMs, work);
      this.#movedAt = beganAt;
      return done;
    } catch (error) {
      if (!(error instanceof CheckFailure) || isDeadline(error.facts)) throw error;
      throw new CheckFailure({ ...this.#advice, actual: error.facts.actual });
    }
  }
}

/** Judges by tries whose pauses were short enough. `flags` are those of the check, but for the limit itself. */
export async function judgeActivity(
  context: CheckContext,
  flags: Flags,
  advice: ClosedTooSoon,
  attempt: (idle: IdleTry) => Promise<void>,
): Promise<void> {
  const limited = { flag: 'idle-timeout-ms', firstMs: FIRST_IDLE_LIMIT_MS, flags };
  await withGrowingLimit(context, limited, (server, limitMs) =>
    attempt(new IdleTry(context, server, limitMs, advice)),
  );
}
