/**
 * Checks of what a server costs when it has nothing to do, or cannot do what it should: no wake-ups
 * without a reason, no busy loop.
 *
 * Judged by the state of its threads and by counters of the kernel, never by how long something
 * took.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { exchange } from './exchange.ts';

const IDLE_WINDOW_MS = 1000;
const IDLE_WINDOWS = 4;
/** A runtime may wake up now and then (garbage collection); a timer of 100 ms already makes 10. */
const MOST_WAKE_UPS = 8;
const MOST_IDLE_TICKS = 3;

const SPARE_DESCRIPTORS = 3;
const CLIENTS = 12;
/** CPU time that no server needs to find out that it can accept nobody: good ones use a tenth of it. */
const SPIN_TICKS = 20;

const base = { level: 'must', tier: 'quick', topic: 'resources' } as const;

export const resourceChecks: readonly Check[] = [
  {
    ...base,
    id: 'res.emfile-no-spin',
    title: 'sleeps while it has no descriptors left, and accepts again when it has',
    rule: 'docs/contract.md section 7',
    suites: ['tcp-echo', 'framed'],
    needs: ['prlimit'],
    run: emfileNoSpin,
  },
  {
    ...base,
    id: 'res.idle-cpu',
    title: 'sleeps while there is nothing to do',
    rule: 'docs/contract.md section 7',
    suites: SUITES,
    run: idleCpu,
  },
];

async function emfileNoSpin(context: CheckContext): Promise<void> {
  const first = await context.connect();
  await exchange(context, first, context.random.digits(16));
  const { fds } = await context.usage();
  context.step(
    `leave the server ${SPARE_DESCRIPTORS} free descriptors (it has ${fds}) and connect ${CLIENTS} clients`,
  );
  await context.limitDescriptors(context.server, fds + SPARE_DESCRIPTORS);
  const clients: Peer[] = [];
  for (let i = 0; i < CLIENTS; i++) clients.push(await context.connect());
  await exchange(context, first, context.random.digits(16));
  await expectSleep(context);
  context.step('the clients leave; a new one must be served');
  for (const client of clients) client.end();
  await advise(
    {
      cause: 'after accept() had failed with EMFILE the server never accepted again',
      hint: 'when you stop listening for new connections at EMFILE, start again when one closes',
    },
    async () => {
      await context.until('the server to close connections whose clients have left', async () => {
        return (await context.usage()).fds < fds + SPARE_DESCRIPTORS;
      });
      await context.stillServes();
    },
  );
}

/**
 * A server that spins uses up any amount of CPU time; one that waits comes to rest. Whichever is seen first
 * decides, however loaded the machine is.
 */
async function expectSleep(context: CheckContext): Promise<void> {
  context.step(`wait until the server sleeps, or has used ${SPIN_TICKS * 10} ms of CPU time`);
  const before = await context.usage();
  const spins = context.until('the server to sleep', async () => {
    const { cpuTicks } = await context.usage();
    return cpuTicks - before.cpuTicks >= SPIN_TICKS;
  });
  const isAsleep = await Promise.race([context.asleep().then(() => true), spins.then(() => false)]);
  if (isAsleep) return;
  throw new CheckFailure({
    expected: 'the server to sleep: it can accept nobody',
    actual: `it never slept, and used ${SPIN_TICKS * 10} ms of CPU time`,
    cause:
      'accept() fails with EMFILE, the listener stays readable, and the loop tries again at once, for ever',
    hint: 'at EMFILE take the listener out of the event loop until a connection closes',
  });
}

/**
 * A server may still tidy up after its start, for longer when the machine is busy: one quiet window
 * of several is enough. One that polls is never quiet.
 */
async function idleCpu(context: CheckContext): Promise<void> {
  await context.stillServes();
  let ticks = 0;
  let wakeUps = 0;
  for (let window = 0; window < IDLE_WINDOWS; window++) {
    const before = await context.usage();
    await context.elapse(IDLE_WINDOW_MS, 'an idle server has no reason to wake up');
    const after = await context.usage();
    ticks = after.cpuTicks - before.cpuTicks;
    wakeUps = after.wakeUps - before.wakeUps;
    if (ticks <= MOST_IDLE_TICKS && wakeUps <= MOST_WAKE_UPS) return;
  }
  throw new CheckFailure({
    expected: `at most ${MOST_WAKE_UPS} wake-ups and ${MOST_IDLE_TICKS * 10} ms of CPU time in ${IDLE_WINDOW_MS} ms without clients`,
    actual: `${wakeUps} wake-ups and ${ticks * 10} ms`,
    cause: 'the server looks whether there is anything to do, instead of being told',
    hint: 'wait without a timeout: epoll_wait(..., -1); no setInterval(), no setImmediate() loop',
  });
}
