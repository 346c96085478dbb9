/**
 * Checks of limits that protect a server from clients which hold on to it: the idle timeout and the
 * number of connections.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer, Server } from './context.ts';
import { exchange } from './exchange.ts';
import { takeError } from './frames.ts';
import { unlessTooSlow, withGrowingLimit } from './growing-limit.ts';
import { request } from './message.ts';
import { exitAtSigterm } from './sigterm.ts';

const IDLE_TIMEOUT_MS = 1000;
/** Clocks of two processes and whole milliseconds in timers: less than this is too early. */
const SOONEST_MS = 0.9 * IDLE_TIMEOUT_MS;
const MOST_CONNECTIONS = 8;
/** Of a new client after another one has left. */
const ATTEMPTS = 50;
const REFUSALS = 20;
const IDLE_CLIENTS = 200;

const base = { level: 'must', tier: 'quick', topic: 'resources', suites: ['tcp-echo', 'framed'] } as const;

export const abuseChecks: readonly Check[] = [
  {
    ...base,
    id: 'abuse.idle-timeout',
    title: 'closes a connection that has been idle for --idle-timeout-ms, and not before',
    rule: 'docs/contract.md section 6',
    flags: { 'idle-timeout-ms': IDLE_TIMEOUT_MS },
    why: 'Clients that are connected and silent cost memory and descriptors for nothing. A limit that strikes too early cuts off those that only think.',
    how: `A client connects and says nothing, with --idle-timeout-ms ${IDLE_TIMEOUT_MS}. Only closing too early is judged by the clock; closing too late is judged by the deadline.`,
    run: idleTimeout,
  },
  {
    ...base,
    id: 'abuse.idle-each',
    title: 'closes each of many idle connections, whichever came first, and serves others meanwhile',
    rule: 'docs/contract.md section 6',
    tier: 'scaled',
    flags: { 'idle-timeout-ms': IDLE_TIMEOUT_MS },
    why: 'One timer for all connections is cheap, and easily loses some of them: who was forgotten stays for ever.',
    how: `${IDLE_CLIENTS} clients (a tenth in the quick tier) come one after the other; each sends a request and says nothing more. A new client must be served, and all of them be closed.`,
    run: idleEach,
  },
  {
    ...base,
    id: 'abuse.max-conns',
    title: 'refuses connections above --max-connections, and takes new ones when others have left',
    rule: 'docs/contract.md section 7',
    flags: { 'max-connections': MOST_CONNECTIONS },
    why: 'Without a limit a crowd takes all descriptors and all memory, also from those who are being served. A refusal at once lets a client go elsewhere.',
    how: `${MOST_CONNECTIONS} clients are served, one more must be closed at once, by FIN or RST. When one leaves, somebody else must be served in its place.`,
    run: maxConnections,
  },
  {
    ...base,
    level: 'should',
    id: 'abuse.refusal-log',
    title: 'logs that it refuses connections, at most once a second',
    rule: 'docs/contract.md section 7',
    topic: 'process',
    flags: { 'max-connections': 1 },
    why: 'Whoever runs the server must learn that the limit has been reached. But a line for each client that is refused lets anybody fill the disk, at the moment when there is the most to do.',
    how: `One client is served, and ${REFUSALS} more are refused. When the server has been stopped, its stderr must have a line event=limit, and no more of them than seconds have passed.`,
    run: refusalLog,
  },
];

async function idleEach(context: CheckContext): Promise<void> {
  const limit = { flag: 'idle-timeout-ms', firstMs: IDLE_TIMEOUT_MS };
  await withGrowingLimit(context, limit, async (server, limitMs) => {
    const peers = await silentClients(context, server, context.scaled(IDLE_CLIENTS));
    // An exchange that takes longer than the idle limit may fail.
    await unlessTooSlow(performance.now(), limitMs, () => context.stillServes(server));
    for (const [i, peer] of peers.entries()) {
      await advise(
        {
          cause: `client ${i + 1} was forgotten: the time of one connection was taken for that of another`,
          hint: 'where one timer serves all, set it for the connection that is due first, and look at all that are due when it fires',
        },
        () => peer.ending(),
      );
    }
  });
}

async function silentClients(context: CheckContext, server: Server, count: number): Promise<Peer[]> {
  context.step(`${count} clients, one after the other: connect, send a request, say nothing more`);
  const peers: Peer[] = [];
  for (let i = 0; i < count; i++) {
    const peer = await context.connect(server);
    peer.write(request(context.suite, context.random.digits(16)));
    await context.consumed(peer);
    peers.push(peer);
  }
  return peers;
}

async function idleTimeout(context: CheckContext): Promise<void> {
  // Before the connection exists: a slow harness can then only measure too much, never too little.
  const startedAt = performance.now();
  context.step(`connect and say nothing; --idle-timeout-ms is ${IDLE_TIMEOUT_MS}`);
  const peer = await context.connect();
  const ending = await advise(
    {
      cause: 'a client that says nothing keeps its connection, and its memory and descriptor, for ever',
      hint: 'remember when a byte last moved on each connection, and close what is older than the limit',
    },
    async () => {
      if (context.suite === 'framed') await takeError(peer, 6, 0);
      return peer.ending();
    },
  );
  const elapsedMs = performance.now() - startedAt;
  if (elapsedMs < SOONEST_MS) {
    throw new CheckFailure({
      expected: `the connection to stay open for ${IDLE_TIMEOUT_MS} ms`,
      actual: `closed after ${elapsedMs.toFixed(0)} ms`,
      cause: 'the limit is applied in another unit, or counts from the wrong moment',
      hint: 'milliseconds since the last byte moved, in either direction',
    });
  }
  if (ending === 'reset') {
    throw new CheckFailure({
      expected: 'FIN: nothing is waiting to be sent',
      actual: 'RST',
      cause: 'the connection was thrown away instead of being closed',
      hint: 'RST is for a peer that does not read what is waiting for it',
    });
  }
  await context.stillServes();
}

async function maxConnections(context: CheckContext): Promise<void> {
  context.step(`connect ${MOST_CONNECTIONS} clients, the limit, and exchange a message with each`);
  const peers: Peer[] = [];
  for (let i = 0; i < MOST_CONNECTIONS; i++) {
    const peer = await context.connect();
    await exchange(context, peer, context.random.digits(16));
    peers.push(peer);
  }
  context.step('connect one more: it must be closed');
  await advise(
    {
      cause: 'connections are not counted, or the one above the limit is left waiting',
      hint: 'accept it, and close it at once: a client that is not accepted hangs',
    },
    () => refusedAtOnce(context),
  );
  context.step('the others are still served');
  await advise(
    {
      cause: 'what was done with the connection above the limit has harmed the others',
      hint: "end that socket only, and return. Node: with an 'error' listener, without a throw. C: close(fd), and open nothing on it",
    },
    async () => {
      for (const peer of peers) await exchange(context, peer, context.random.digits(16));
    },
  );
  context.step('one of them leaves; somebody new must be served in its place');
  const { fds } = await context.usage();
  const [leaving] = peers;
  leaving?.end();
  await leaving?.ending();
  await context.until('the server to close the connection', async () => {
    return (await context.usage()).fds < fds;
  });
  await expectServed(context);
}

/** The server has closed a connection; it may take a moment more until it has also counted that. */
async function expectServed(context: CheckContext): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await isServed(context)) return;
  throw new CheckFailure({
    expected: 'a new client to be served in the place that is free',
    actual: `it was refused ${ATTEMPTS} times`,
    cause: 'the place of a client that has left was never given to another one',
    hint: 'count down wherever a connection ends: on FIN, on an error, at a timeout',
  });
}

/**
 * Resolves when a new client was refused, by FIN or by RST; an RST may come so soon that connect()
 * itself reports it.
 */
async function refusedAtOnce(context: CheckContext): Promise<void> {
  const surplus = await connectUnlessReset(context);
  await surplus?.ending();
}

async function connectUnlessReset(context: CheckContext): Promise<Peer | undefined> {
  try {
    return await context.connect();
  } catch (error) {
    if (error instanceof CheckFailure && error.facts.actual === 'ECONNRESET') return undefined;
    throw error;
  }
}

/** One attempt of a new client; false when it is refused: the server may need a moment to clear up. */
async function isServed(context: CheckContext): Promise<boolean> {
  const peer = await connectUnlessReset(context);
  if (!peer) return false;
  const sent = request(context.suite, context.random.digits(16));
  peer.write(sent);
  const reply = peer.take(sent.length).then(
    () => peer.ended === undefined,
    () => false,
  );
  return Promise.race([reply, peer.ending().then(() => false)]);
}

async function refusalLog(context: CheckContext): Promise<void> {
  await exchange(context, await context.connect(), context.random.digits(16));
  const startedAt = performance.now();
  context.step(`${REFUSALS} clients connect above --max-connections 1, then SIGTERM`);
  for (let i = 0; i < REFUSALS; i++) await refusedAtOnce(context);
  await exitAtSigterm(context);
  const lines = context.server.stderr().split('\n');
  const count = lines.filter((line) => line.startsWith('event=limit ')).length;
  // A second may have begun before the first refusal, and the last one need not be over.
  const most = 2 + Math.floor((performance.now() - startedAt) / 1000);
  if (count >= 1 && count <= most) return;
  throw new CheckFailure({
    expected: 'a line event=limit on stderr, and at most one for each second',
    actual: `${count} for ${REFUSALS} refusals`,
    cause: count === 0 ? 'nobody is told that clients are refused' : 'each refusal writes a line',
    hint: 'remember when you logged the last refusal; log the next one when a second has passed, and the first one at once',
  });
}
