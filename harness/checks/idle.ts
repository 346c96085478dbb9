/**
 * Checks of what a server does while nothing happens: nothing.
 *
 * Judged by CPU time and wake-ups over a window, as the kernel counts them.
 */
import { SUITES } from '../servers.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext } from './context.ts';
import { comeAndGo, crowd, visit } from './crowd.ts';

const WINDOW_MS = 1000;
const WINDOWS = 4;
/** A runtime may wake up now and then (garbage collection); a timer of 100 ms already makes 10. */
const MOST_WAKE_UPS = 8;
const MOST_TICKS = 3;
const IDLE_CLIENTS = 100;
const VISITORS = 2000;
const IDLE_TIMEOUT_MS = 1000;

const base = { level: 'must', topic: 'resources', rule: 'docs/contract.md section 7' } as const;

export const idleChecks: readonly Check[] = [
  {
    ...base,
    id: 'res.idle-cpu',
    title: 'sleeps while there is nothing to do',
    tier: 'quick',
    suites: SUITES,
    why: 'A server that looks every millisecond whether there is work keeps a CPU from sleeping, day and night. On a machine with a hundred services that is most of the power bill.',
    how: `CPU time and wake-ups of all its threads are counted over ${WINDOW_MS} ms without clients; one quiet window of ${WINDOWS} is enough.`,
    run: async (context) => {
      await context.stillServes();
      await expectQuiet(context, 'without clients', {
        cause: 'the server looks whether there is anything to do, instead of being told',
        hint: 'wait without a timeout: epoll_wait(..., -1); no setInterval(), no setImmediate() loop',
      });
    },
  },
  {
    ...base,
    id: 'res.idle-cpu-conns',
    title: 'sleeps while its clients are silent',
    tier: 'full',
    suites: ['tcp-echo', 'framed'],
    why: 'Most connections of most servers are idle most of the time. A timer for each of them that fires now and then costs more than all the work.',
    how: `As res.idle-cpu, with ${IDLE_CLIENTS} clients that are connected and silent.`,
    run: async (context) => {
      context.step(`connect ${IDLE_CLIENTS} clients, exchange a message with each`);
      await crowd(context, IDLE_CLIENTS);
      await expectQuiet(context, `with ${IDLE_CLIENTS} silent clients`, {
        cause: 'the server looks after its connections now and then, though none of them is due',
        hint: 'one timer for the connection that is due next, and none that fires before',
      });
    },
  },
  {
    ...base,
    id: 'res.timer-leak',
    title: 'forgets the timers of connections that are closed',
    level: 'should',
    tier: 'full',
    suites: ['tcp-echo', 'framed'],
    flags: { 'idle-timeout-ms': IDLE_TIMEOUT_MS },
    why: 'A timer that outlives its connection keeps the memory of it, fires for nobody, and may close a stranger who got the same descriptor.',
    how: `With --idle-timeout-ms ${IDLE_TIMEOUT_MS}, 2,000 clients (200 in the quick tier) come and go. After twice that time the server must be as quiet as one that never had a client.`,
    run: timerLeak,
  },
];

/**
 * A server may still tidy up after its start, for longer when the machine is busy: one quiet window
 * of several is enough. One that polls is never quiet.
 */
async function expectQuiet(
  context: CheckContext,
  when: string,
  advice: { cause: string; hint: string },
): Promise<void> {
  let ticks = 0;
  let wakeUps = 0;
  for (let window = 0; window < WINDOWS; window++) {
    const before = await context.usage();
    await context.elapse(WINDOW_MS, 'an idle server has no reason to wake up');
    const after = await context.usage();
    ticks = after.cpuTicks - before.cpuTicks;
    wakeUps = after.wakeUps - before.wakeUps;
    if (ticks <= MOST_TICKS && wakeUps <= MOST_WAKE_UPS) return;
  }
  throw new CheckFailure({
    expected: `at most ${MOST_WAKE_UPS} wake-ups and ${MOST_TICKS * 10} ms of CPU time in ${WINDOW_MS} ms ${when}`,
    actual: `${wakeUps} wake-ups and ${ticks * 10} ms`,
    ...advice,
  });
}

async function timerLeak(context: CheckContext): Promise<void> {
  const count = context.scaled(VISITORS);
  context.step(`${count} clients come, exchange a message and leave`);
  await visit(context, count, (peer) => comeAndGo(context, peer));
  await context.elapse(2 * IDLE_TIMEOUT_MS, 'what was set for those clients is due by then');
  await expectQuiet(context, 'when all clients have left', {
    cause: 'timers of closed connections go on',
    hint: 'clear the timer where the connection ends, whichever way it ends',
  });
}
