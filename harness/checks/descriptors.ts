/**
 * Checks of file descriptors: none is lost, and running out of them hurts nobody who is already connected.
 *
 * Judged by what /proc says of the server's processes, never by how long something took.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer, Server } from './context.ts';
import { comeAndGo, crowd, visit } from './crowd.ts';
import { exchange } from './exchange.ts';
import { ECHO, header } from './frames.ts';
import { request } from './message.ts';

const SPARE_DESCRIPTORS = 3;
const CLIENTS = 12;
/** Of a new client after the rush. */
const ATTEMPTS = 50;
/** CPU time that no server needs to find out that it can accept nobody: good ones use a tenth of it. */
const SPIN_TICKS = 20;
const VISITORS = 10_000;
const FAILURES = 1000;
const IDLE_TIMEOUT_MS = 1000;
/** A server may open something once, at the first use. */
const MOST_KEPT = 5;
const FEW_DESCRIPTORS = 32;
const HUGE_LENGTH = 0xffff_ffff;

const base = { level: 'must', tier: 'quick', topic: 'resources', suites: ['tcp-echo', 'framed'] } as const;
const atTheLimit = { needs: ['prlimit'], rule: 'docs/contract.md section 7' } as const;

export const descriptorChecks: readonly Check[] = [
  {
    ...base,
    id: 'res.fd-leak',
    title: 'has as many descriptors when its clients have left as before they came',
    rule: 'docs/contract.md section 7',
    tier: 'scaled',
    deadlineFactor: 3,
    why: 'A descriptor lost with each connection is not seen in any test by hand. In production the server runs for days, and then accepts nobody any more.',
    how: 'The descriptors of the server are counted before and after 10,000 clients (1,000 in the quick tier) that each exchange a message and leave in order.',
    run: noLeak,
  },
  {
    ...base,
    id: 'res.fd-leak-errors',
    title: 'loses no descriptor to connections that end badly',
    rule: 'docs/contract.md section 7',
    tier: 'full',
    deadlineFactor: 3,
    why: 'The path for errors is the one that nobody tries, and the one that an attacker walks on purpose.',
    how: 'Connections end by RST, by a frame that is too large (framed) and by the idle timeout, 1,000 of each (100 in the quick tier). After each kind the descriptors are counted.',
    run: noLeakAfterErrors,
  },
  {
    ...base,
    ...atTheLimit,
    id: 'res.emfile-survive',
    title: 'serves again when it had run out of descriptors and some are free',
    why: 'Every server reaches its limit one day. It should be slow then and recover, not die, and not stay deaf after the rush.',
    how: `While the server runs, its limit of descriptors is set to ${SPARE_DESCRIPTORS} above what it uses, and ${CLIENTS} clients connect. When they have left, a new client must be served.`,
    run: emfileSurvive,
  },
  {
    ...base,
    ...atTheLimit,
    id: 'res.emfile-no-spin',
    title: 'sleeps while it has no descriptors left',
    why: 'accept() fails with EMFILE and leaves the client in the queue, so the listener stays readable. A loop that just tries again takes a whole CPU, exactly when the machine is busy.',
    how: 'As in res.emfile-survive. Either all threads of the server come to rest, or it has used 200 ms of CPU time: whichever is seen first decides.',
    run: emfileNoSpin,
  },
  {
    ...base,
    ...atTheLimit,
    id: 'res.emfile-existing',
    title: 'goes on serving its clients while it has no descriptors left',
    why: 'Being full is a reason to refuse new clients, and none to let down those who are there.',
    how: 'As in res.emfile-survive, but with clients that had been connected before: they exchange messages while the server is full.',
    run: emfileExisting,
  },
  {
    ...base,
    id: 'res.nofile-small',
    title: `starts and serves with ${FEW_DESCRIPTORS} descriptors`,
    rule: 'docs/contract.md section 7',
    level: 'should',
    suites: SUITES,
    needs: ['prlimit'],
    startsServer: false,
    why: 'Small machines and strict containers allow few descriptors. A server should take what it needs when it needs it, and bend its limits to what there is.',
    how: `The server is started with a hard limit of ${FEW_DESCRIPTORS} descriptors, and one client exchanges a message.`,
    run: fewDescriptors,
  },
];

/** Descriptors of the server when it has come to rest. */
async function descriptors(context: CheckContext, server?: Server): Promise<number> {
  await context.asleep(server);
  return (await context.usage(server)).fds;
}

async function expectNoLeak(
  context: CheckContext,
  before: number,
  count: number,
  path: string,
  server?: Server,
): Promise<void> {
  const after = await descriptors(context, server);
  if (after <= before + MOST_KEPT) return;
  throw new CheckFailure({
    expected: `about ${before} descriptors, as before`,
    actual: `${after}, after ${count} connections had ${path}`,
    cause: `the descriptor of a connection that has ${path} is not closed`,
    hint: "every way out of a connection must reach close(). Node: destroy() the socket, or end() and read until 'close'",
  });
}

async function noLeak(context: CheckContext): Promise<void> {
  await visit(context, CLIENTS, (peer) => comeAndGo(context, peer));
  const before = await descriptors(context);
  const count = context.scaled(VISITORS);
  context.step(`${count} clients come, exchange a message and leave`);
  await visit(context, count, (peer) => comeAndGo(context, peer));
  await expectNoLeak(context, before, count, 'ended in order');
}

async function noLeakAfterErrors(context: CheckContext): Promise<void> {
  await visit(context, CLIENTS, (peer) => comeAndGo(context, peer));
  const before = await descriptors(context);
  const count = context.scaled(FAILURES);
  context.step(`${count} clients send a request and RST`);
  await visit(context, count, async (peer) => {
    peer.write(request(context.suite, context.random.digits(16)));
    await peer.flushed();
    peer.reset();
  });
  await expectNoLeak(context, before, count, 'been reset');
  if (context.suite === 'framed') {
    context.step(`${count} clients send a frame that is too large`);
    await visit(context, count, async (peer) => {
      peer.write(header(HUGE_LENGTH, ECHO, 1));
      await peer.ending();
      peer.end();
    });
    await expectNoLeak(context, before, count, 'broken the protocol');
  }
  await noLeakAfterIdling(context, count);
}

/** With a server of its own: where the idle time is short, a busy machine could not exchange anything. */
async function noLeakAfterIdling(context: CheckContext, count: number): Promise<void> {
  const server = await context.start({ 'idle-timeout-ms': IDLE_TIMEOUT_MS });
  await stayUntilClosed(context, server, CLIENTS);
  const before = await descriptors(context, server);
  context.step(`${count} clients stay silent until the server closes`);
  await stayUntilClosed(context, server, count);
  await expectNoLeak(context, before, count, 'been idle for too long', server);
}

async function stayUntilClosed(context: CheckContext, server: Server, count: number): Promise<void> {
  const silent: Peer[] = [];
  await visit(context, count, async (peer) => void silent.push(peer), server);
  for (const peer of silent) {
    await peer.ending();
    peer.end();
  }
}

/** Some clients that are served, and so many more that the server has no descriptor left for them. */
async function fill(context: CheckContext): Promise<{ served: Peer[]; surplus: Peer[]; full: number }> {
  const served = await crowd(context, 2);
  const { fds } = await context.usage();
  const full = fds + SPARE_DESCRIPTORS;
  context.step(
    `leave the server ${SPARE_DESCRIPTORS} free descriptors (it has ${fds}) and connect ${CLIENTS} clients`,
  );
  await context.limitDescriptors(context.server, full);
  const surplus: Peer[] = [];
  for (let i = 0; i < CLIENTS; i++) surplus.push(await context.connect());
  await takenUp(context, full);
  return { served, surplus, full };
}

/** The kernel connects clients before the server knows of them: it has seen them all when it has no descriptor left, rests, or is gone. */
async function takenUp(context: CheckContext, full: number): Promise<void> {
  const isFull = context.until(`the server to use all ${full} descriptors`, async () => {
    return context.server.exit !== undefined || (await context.usage()).fds >= full;
  });
  await Promise.race([isFull, context.asleep()]);
}

async function emfileSurvive(context: CheckContext): Promise<void> {
  await advise(
    {
      cause: 'after accept() had failed with EMFILE the server was gone, or never accepted again',
      hint: 'EMFILE is no reason to exit. When you stop listening for new connections, start again when one closes',
    },
    async () => {
      const { surplus, full } = await fill(context);
      context.step('the clients leave; a new one must be served');
      for (const client of surplus) client.end();
      await context.until('the server to close connections whose clients have left', async () => {
        return context.server.exit !== undefined || (await context.usage()).fds < full;
      });
      await servedAtLast(context);
    },
  );
}

/** A server may close what waits in the queue, and in the middle of that it may close one client too many. */
async function servedAtLast(context: CheckContext): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await context.stillServes();
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof CheckFailure)) throw error;
    }
  }
}

async function emfileExisting(context: CheckContext): Promise<void> {
  const { served } = await fill(context);
  context.step('those who had been there before exchange messages');
  await advise(
    {
      cause: 'the server is busy with clients that it cannot accept, and forgets those that it has',
      hint: 'never wait or loop until accept() succeeds: leave it to the event loop, and go on with the others',
    },
    async () => {
      for (const peer of [...served, ...served]) await exchange(context, peer, context.random.digits(16));
    },
  );
}

/**
 * A server that spins uses up any amount of CPU time; one that waits comes to rest. Whichever is seen first
 * decides, however loaded the machine is.
 */
async function emfileNoSpin(context: CheckContext): Promise<void> {
  await fill(context);
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

async function fewDescriptors(context: CheckContext): Promise<void> {
  context.step(`start the server with at most ${FEW_DESCRIPTORS} descriptors`);
  const server = await advise(
    {
      cause: 'the server opens in advance what it may need one day',
      hint: 'open descriptors when they are needed, and lower your own limits when there are few (getrlimit)',
    },
    () => context.start({}, { limits: { descriptors: FEW_DESCRIPTORS } }),
  );
  await context.stillServes(server);
}
