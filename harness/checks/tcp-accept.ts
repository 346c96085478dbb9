/**
 * Checks of accepting: the queue of the kernel, bursts, overflow, and clients that have gone before they are accepted.
 *
 * A burst is made by stopping the server while clients connect, so that one wake-up stands for all of them.
 */
import { readFileSync } from 'node:fs';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { backAt, crowd, visit } from './crowd.ts';
import { exchange, takeReply } from './exchange.ts';
import { request } from './message.ts';

const WAITING_CLIENTS = 20;
const RESET_CLIENTS = 10;
const SMALL_BACKLOG = 7;
/** More than the queue holds (the backlog and one). */
const OVERFLOWING_CLIENTS = 12;
const DEFAULT_BACKLOG = 511;
const STORM_CLIENTS = 300;
const SILENT_VISITS = 1000;

const base = { level: 'must', tier: 'quick', topic: 'tcp', suites: ['tcp-echo', 'framed'] } as const;

export const acceptChecks: readonly Check[] = [
  {
    ...base,
    id: 'tcp.accept-all-pending',
    title: 'accepts all clients that wait, at one wake-up',
    rule: 'docs/contract.md section 2',
    why: 'Clients that come together are reported once. Who accepts one of them leaves the others waiting until somebody else connects: minutes, at night.',
    how: `The server is stopped while ${WAITING_CLIENTS} clients connect and send; then all must be served, and nobody else connects.`,
    run: acceptAllPending,
  },
  {
    ...base,
    id: 'tcp.reset-before-accept',
    title: 'accepts the others when some clients have gone before they were accepted',
    rule: 'docs/contract.md section 7',
    level: 'should',
    why: 'Clients give up while they wait. accept() then returns a dead socket (Linux) or ECONNABORTED, and getpeername() fails: neither is a reason to stop.',
    how: `The server is stopped while ${WAITING_CLIENTS} clients connect and ${RESET_CLIENTS} of them send RST; the other ones must be served.`,
    run: resetBeforeAccept,
  },
  {
    ...base,
    id: 'tcp.backlog',
    title: 'asks for an accept queue of --backlog connections',
    rule: 'docs/contract.md section 1',
    level: 'should',
    needs: ['native'],
    why: 'A queue that is too short drops the SYNs of a burst: these clients wait for a second, then three, and nothing is logged.',
    how: "The kernel is asked for the limit of the listener's queue, with the default and with a small --backlog.",
    run: backlog,
  },
  {
    ...base,
    id: 'tcp.accept-overflow',
    title: 'serves everybody in the end when the accept queue has overflowed',
    rule: 'docs/contract.md section 7',
    level: 'should',
    flags: { backlog: SMALL_BACKLOG },
    needs: ['native'],
    why: 'Overload comes and goes. A server that does not come back afterwards turns a busy minute into an outage.',
    how: 'The server is stopped while more clients connect than its queue holds; that SYNs were dropped is read from the listener itself. All of them must be served in the end.',
    run: acceptOverflow,
  },
  {
    ...base,
    id: 'tcp.storm',
    title: 'serves hundreds of clients that connect at the same time',
    rule: 'docs/contract.md section 7',
    tier: 'scaled',
    why: 'After a restart all clients come back at once. A table that is too small, or accepting one by one, shows only then.',
    how: `${STORM_CLIENTS} clients (a tenth of it in the quick tier) connect at once, stay, and each gets its own reply.`,
    run: storm,
  },
  {
    ...base,
    id: 'tcp.connect-close',
    title: 'keeps nothing of clients that connect and leave without a word',
    rule: 'docs/contract.md section 7',
    tier: 'scaled',
    why: 'Health checks and port scans do this all day. One descriptor lost for each ends the service after some hours.',
    how: `${SILENT_VISITS} clients (a tenth of it in the quick tier) connect and close; the descriptors of the server must come back to where they were.`,
    run: connectClose,
  },
];

async function acceptAllPending(context: CheckContext): Promise<void> {
  const payload = context.random.digits(16);
  context.step(
    `stop the server (SIGSTOP), connect ${WAITING_CLIENTS} clients that each send a request, let it go on`,
  );
  await context.freeze();
  const peers: Peer[] = [];
  for (let i = 0; i < WAITING_CLIENTS; i++) {
    const peer = await advise(
      {
        cause: `the kernel has no room for client ${i + 1} of ${WAITING_CLIENTS}, which the server has still to accept`,
        hint: 'hand --backlog to listen(): it says how many may wait',
      },
      () => context.connect(),
    );
    peer.write(request(context.suite, payload));
    peers.push(peer);
  }
  context.thaw();
  for (const [i, peer] of peers.entries()) {
    await advise(
      {
        cause: `client ${i + 1} of ${WAITING_CLIENTS} that had connected together was never served`,
        hint: 'one event may stand for many clients: with edge-triggered events call accept() until EAGAIN',
      },
      () => takeReply(context, peer, payload, { what: `the reply to client ${i + 1} of ${WAITING_CLIENTS}` }),
    );
  }
}

async function resetBeforeAccept(context: CheckContext): Promise<void> {
  const payload = context.random.digits(16);
  context.step(
    `stop the server, connect ${WAITING_CLIENTS} clients of which ${RESET_CLIENTS} send RST, let it go on`,
  );
  await context.freeze();
  const peers: Peer[] = [];
  for (let i = 0; i < WAITING_CLIENTS; i++) peers.push(await context.connect());
  const leaving = peers.filter((_, index) => index % 2 === 0);
  for (const peer of leaving) peer.reset();
  const staying = peers.filter((peer) => !leaving.includes(peer));
  for (const peer of staying) peer.write(request(context.suite, payload));
  context.thaw();
  await advise(
    {
      cause: 'a client that had gone before it was accepted stopped the server from accepting the others',
      hint: "a dead socket is that client's affair. C: getpeername() and setsockopt() may fail on it; go on after ECONNABORTED. Node: remoteAddress is undefined",
    },
    async () => {
      for (const peer of staying) await takeReply(context, peer, payload);
      await context.stillServes();
    },
  );
}

async function backlog(context: CheckContext): Promise<void> {
  const most = Number(readFileSync('/proc/sys/net/core/somaxconn', 'latin1'));
  const small = await context.start({ backlog: SMALL_BACKLOG });
  const cases = [
    { flag: 'without --backlog', server: context.server, expected: Math.min(DEFAULT_BACKLOG, most) },
    { flag: `with --backlog ${SMALL_BACKLOG}`, server: small, expected: SMALL_BACKLOG },
  ];
  for (const { flag, server, expected } of cases) {
    context.step(`ask the kernel for the accept queue of a server ${flag}`);
    const queue = await context.acceptQueue(server);
    if (queue.backlog === expected) continue;
    throw new CheckFailure({
      expected: `an accept queue of ${expected} connections ${flag}`,
      actual: `one of ${queue.backlog}`,
      cause: 'listen() was called with another number than --backlog says',
      hint: `pass --backlog (default ${DEFAULT_BACKLOG}) to listen(); Node: the option backlog`,
    });
  }
}

async function acceptOverflow(context: CheckContext): Promise<void> {
  context.step(`stop the server, whose queue holds ${SMALL_BACKLOG + 1}, and connect ${OVERFLOWING_CLIENTS}`);
  await context.freeze();
  const connecting = Array.from({ length: OVERFLOWING_CLIENTS }, () => context.connect());
  // The kernel asks again for those that it dropped, after a second: each is awaited below.
  const all = Promise.all(connecting);
  all.catch(() => {});
  await context.until('the accept queue to overflow', async () => (await context.acceptQueue()).drops > 0);
  context.thaw();
  context.step('the server goes on; all of them must be served');
  await advise(
    {
      cause: 'after the accept queue had been full, the server accepted no longer, or not everybody',
      hint: 'accept() until EAGAIN; an error of accept() concerns one connection, not the listener',
    },
    async () => {
      for (const peer of await all) await exchange(context, peer, context.random.digits(16));
    },
  );
}

async function storm(context: CheckContext): Promise<void> {
  const count = context.scaled(STORM_CLIENTS);
  context.step(`connect ${count} clients that stay, and exchange a message with each`);
  const peers = await advise(
    {
      cause: 'some of many clients at the same time were not served',
      hint: 'is there a table or an array with a fixed number of places? does accepting wait for a client?',
    },
    () => crowd(context, count),
  );
  context.step('all of them are still served');
  for (const peer of peers) await exchange(context, peer, context.random.digits(16));
}

async function connectClose(context: CheckContext): Promise<void> {
  await context.stillServes();
  await context.asleep();
  const { fds } = await context.usage();
  const count = context.scaled(SILENT_VISITS);
  context.step(`${count} clients connect and close without a byte; the server has ${fds} descriptors`);
  await visit(context, count, async (peer) => peer.close());
  await advise(
    {
      cause: 'descriptors of connections that never carried a byte stay open',
      hint: 'read() == 0 is the end, also when it is the first thing that a connection says: close() it',
    },
    () => backAt(context, fds),
  );
  await context.stillServes();
}
