/**
 * Tries that show what counts as activity: bytes move again and again, the pauses are shorter than the idle limit and together longer.
 *
 * On a busy machine a pause may become longer than the limit, and the server is right to close. Such a try does not count: the next one
 * has a server whose limit is twice as long.
 */
import type { Flags } from '../process.ts';
import { CheckFailure, NotJudged } from './check.ts';
import type { CheckContext, Server } from './context.ts';

/** Of the server with which a check begins: the check names it in its `flags`. */
export const FIRST_IDLE_LIMIT_MS = 600;
const LONGEST_IDLE_LIMIT_MS = 9600;
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
      const done = await work();
      this.#movedAt = beganAt;
      return done;
    } catch (error) {
      if (!(error instanceof CheckFailure)) throw error;
      if (performance.now() - this.#movedAt >= this.#limitMs) throw new PauseTooLong();
      throw new CheckFailure({ ...this.#advice, actual: error.facts.actual });
    }
  }
}

/** The server was right to close. */
class PauseTooLong extends Error {}

/** Repeats `attempt` until the pauses were short enough to judge. `flags` are those of the check, but for the limit itself. */
export async function judgeActivity(
  context: CheckContext,
  flags: Flags,
  advice: ClosedTooSoon,
  attempt: (idle: IdleTry) => Promise<void>,
): Promise<void> {
  for (let limitMs = FIRST_IDLE_LIMIT_MS; limitMs <= LONGEST_IDLE_LIMIT_MS; limitMs *= 2) {
    const first = limitMs === FIRST_IDLE_LIMIT_MS;
    const server = first ? context.server : await context.start({ ...flags, 'idle-timeout-ms': limitMs });
    try {
      return await attempt(new IdleTry(context, server, limitMs, advice));
    } catch (error) {
      if (!(error instanceof PauseTooLong)) throw error;
    }
  }
  throw new NotJudged('this machine is too busy to keep the pauses short enough');
}
