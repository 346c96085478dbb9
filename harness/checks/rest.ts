/**
 * Judges whether a server comes to rest, or keeps a CPU busy with nothing. For the checks that know when it has nothing to do; for how
 * often it wakes up over a while, see idle.ts.
 */
import type { Advice } from './advice.ts';
import { CheckFailure } from './check.ts';
import type { CheckContext, Server } from './context.ts';

/** CPU time that no server needs to find out that there is nothing to do. */
const SPIN_TICKS = 20;
const TICK_MS = 10;
export const SPIN_MS = SPIN_TICKS * TICK_MS;

/** Whichever is seen first decides, however loaded the machine is: that it sleeps, or that it has used the CPU. */
export async function expectRest(
  context: CheckContext,
  when: string,
  advice: Advice,
  server: Server = context.server,
): Promise<void> {
  context.step(`wait until the server sleeps, ${when}`);
  const before = await context.usage(server);
  const spins = context.until('the server to sleep', async () => {
    return (await context.usage(server)).cpuTicks - before.cpuTicks >= SPIN_TICKS;
  });
  const rests = await Promise.race([context.asleep(server).then(() => true), spins.then(() => false)]);
  if (rests) return;
  throw new CheckFailure({
    expected: `the server to sleep ${when}`,
    actual: `it never slept, and used ${SPIN_MS} ms of CPU time`,
    ...advice,
  });
}
