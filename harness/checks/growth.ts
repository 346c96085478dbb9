/**
 * Tells a heap from a leak: a heap grows once, and what waits for the garbage collector is used again; a leak grows each time.
 */
import type { CheckContext } from './context.ts';

/**
 * Repeats `work` until it adds at most `allowedBytes` of resident memory, or was done `rounds` times.
 * @returns what the last round has added: more than that, if every round has
 */
export async function growthByRounds(
  context: CheckContext,
  rounds: number,
  allowedBytes: number,
  work: () => Promise<void>,
): Promise<number> {
  let grown = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && grown > allowedBytes; round++) {
    const before = await context.usage();
    await work();
    grown = (await context.usage()).rssBytes - before.rssBytes;
  }
  return grown;
}
