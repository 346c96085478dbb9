/**
 * Tries of a check whose own steps must be quicker than a limit of time that the server has.
 *
 * On a busy machine they are not, and the server is right to end the connection. Such a try does not count: the next one has a server
 * whose limit is twice as long.
 */
import type { Flags } from '../process.ts';
import { CheckFailure, NotJudged } from './check.ts';
import type { CheckContext, Peer, Server } from './context.ts';
import { isDeadline } from './waits.ts';

const MOST_TRIES = 5;

/** Thrown by a try that took too long to say anything of the server. */
export class TooSlow extends Error {}

/** What the servers of the tries are started with. */
export interface LimitedServer {
  /** The flag that sets the limit. The check names it in its `flags`, for the first try. */
  flag: string;
  firstMs: number;
  /** The other flags of the check. */
  flags?: Flags;
}

/** Repeats `attempt` until it was quick enough to judge. */
export async function withGrowingLimit(
  context: CheckContext,
  { flag, firstMs, flags = {} }: LimitedServer,
  attempt: (server: Server, limitMs: number) => Promise<void>,
): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const limitMs = firstMs * 2 ** tries;
    const server = tries === 0 ? context.server : await context.start({ ...flags, [flag]: limitMs });
    try {
      return await attempt(server, limitMs);
    } catch (error) {
      if (!(error instanceof TooSlow)) throw error;
    }
  }
  throw new NotJudged('this machine is too busy to be quicker than the limit of time');
}

/** Resolves when the server has read what was sent. @throws {TooSlow} when that took longer than `mostMs` from `sinceMs` (of performance.now()) on */
export async function consumedWithin(
  context: CheckContext,
  peer: Peer,
  sinceMs: number,
  mostMs: number,
): Promise<void> {
  await context.consumed(peer);
  if (performance.now() - sinceMs > mostMs) throw new TooSlow();
}

/**
 * Does `work`, which a right server may end once `mostMs` have passed since `sinceMs` (of performance.now()): a failure after that says
 * nothing of it, and is thrown as {@link TooSlow}. A server from which nothing comes has ended nothing, so that failure stands.
 */
export async function unlessTooSlow<T>(sinceMs: number, mostMs: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const ended = error instanceof CheckFailure && !isDeadline(error.facts);
    if (ended && performance.now() - sinceMs >= mostMs) throw new TooSlow();
    throw error;
  }
}
