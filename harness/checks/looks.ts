/**
 * Looks at a state that sends no event, the kernel's mostly, until it is as a check needs it.
 *
 * How often is a compromise: a look too late costs time, a look too many takes the CPU from what is waited for.
 */
import { setImmediate as nextTurn, setTimeout as timePasses } from 'node:timers/promises';

/**
 * First as fast as the loop turns, then once a millisecond, then more and more seldom: what has not come by then waits for a deadline.
 */
const FAST_LOOKS = 100;
const SLOWEST_LOOK_MS = 20;
/** A server that is calm must look so this many times in a row, a few milliseconds apart. */
const CALM_LOOKS = 10;
const CALM_LOOK_MS = 3;

/** Looks until the condition holds, or nobody waits for the answer any more. */
export async function lookUntil(
  holds: () => boolean | Promise<boolean>,
  isOver: () => boolean,
): Promise<void> {
  for (let looks = 0; !(await holds()); looks++) {
    if (isOver()) return;
    if (looks < FAST_LOOKS) await nextTurn();
    else await timePasses(Math.min(SLOWEST_LOOK_MS, looks / FAST_LOOKS));
  }
}

/**
 * The condition that a state gave the same value at {@link CALM_LOOKS} looks in a row; undefined is no such state, and a look without
 * news does not count.
 */
export function isCalm(state: () => number | 'no news' | undefined): () => Promise<boolean> {
  let looks = 0;
  let last: number | undefined;
  return async () => {
    const now = state();
    if (now !== 'no news') {
      looks = now !== undefined && now === last ? looks + 1 : 0;
      last = now;
    }
    if (looks < CALM_LOOKS) await timePasses(CALM_LOOK_MS);
    return looks >= CALM_LOOKS;
  };
}
