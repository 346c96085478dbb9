/**
 * Checks of the memory that clients cost which send and do not read: bounded by --max-pending-bytes, and given back.
 *
 * Judged by the resident memory of the process tree, with bounds that come from the contract and leave every runtime
 * wide room; a server without a limit exceeds them several times.
 */
import { MIB } from '../units.ts';
import { isBackAt } from './back-at.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { growthByRounds } from './growth.ts';
import { requestsOf } from './stalled.ts';

/** Offered in pieces, until the server takes no more. */
const OFFERED_MIB = 96;
const PIECE_MIB = 8;
/** One client may cost 1 MiB of replies; buffers, garbage and the heap of a runtime come on top. */
const ONE_CLIENT_MIB = 40;

const STALLED_CLIENTS = 50;
const STALLED_ROUNDS = 3;
/** Each round holds 50 MiB: a server that keeps them grows by twice this with every round. */
const ROUND_MAY_ADD_MIB = 25;

const SLOW_CLIENTS = 200;
const PENDING_BYTES = 65_536;
/** Of one read, and of one message. */
const READ_BYTES = 262_144;
const RUNTIME_MIB = 40;

const base = { level: 'must', topic: 'backpressure', suites: ['tcp-echo', 'framed'] } as const;
const rule = 'docs/contract.md section 7';

export const memoryStalledChecks: readonly Check[] = [
  {
    ...base,
    id: 'bp.rss',
    title: 'does not grow for a client that never reads',
    rule,
    tier: 'quick',
    why: 'What a server takes and nobody reads has to be somewhere. Memory that a peer can claim without limit is an attack that needs no skill.',
    how: `A client offers ${OFFERED_MIB} MiB and reads nothing. The resident memory of the server may grow by ${ONE_CLIENT_MIB} MiB: far more than --max-pending-bytes, far less than what is offered.`,
    run: oneStalled,
  },
  {
    ...base,
    id: 'bp.many-slow',
    title: 'keeps to --max-pending-bytes for each of many slow clients',
    rule,
    level: 'should',
    tier: 'full',
    needs: ['arena'],
    deadlineFactor: 2,
    flags: { 'max-pending-bytes': PENDING_BYTES },
    why: 'A limit per client is worth as much as the product with their number. Buffers of a fixed size for everybody are the usual way to miss it.',
    how: `${SLOW_CLIENTS} clients with --max-pending-bytes ${PENDING_BYTES} each offer 1 MiB and read nothing. Allowed is the limit and one read for each, and room for the runtime.`,
    run: manySlow,
  },
  {
    ...base,
    id: 'bp.abort-stalled',
    title: 'gives back what it held for stalled clients that are reset',
    rule,
    tier: 'full',
    needs: ['arena'],
    deadlineFactor: 2,
    why: 'Slow clients mostly end with a reset. If only the orderly way to close frees what is pending, memory grows with every one of them.',
    how: `${STALLED_CLIENTS} clients stall and send RST, several rounds of it. After the first round there must be one of ${STALLED_ROUNDS} in which memory does not grow by half of what a round holds: a heap grows once, a leak each time.`,
    run: abortStalled,
  },
];

const inMib = (bytes: number): string => (bytes / MIB).toFixed(1);

async function oneStalled(context: CheckContext): Promise<void> {
  await context.stillServes();
  const before = await context.usage();
  const peer = await context.connect(context.server, { paused: true });
  const { requests } = requestsOf(context, PIECE_MIB);
  let offeredMib = 0;
  while (offeredMib < OFFERED_MIB && peer.pendingBytes() === 0) {
    peer.write(requests);
    offeredMib += PIECE_MIB;
    await context.settled(peer);
  }
  context.step(`offer requests until the server takes no more, or ${OFFERED_MIB} MiB; read no reply`);
  const grown = (await context.usage()).rssBytes - before.rssBytes;
  if (grown > ONE_CLIENT_MIB * MIB) {
    throw new CheckFailure({
      expected: `at most ${ONE_CLIENT_MIB} MiB more of resident memory`,
      actual: `${inMib(grown)} MiB more, for ${inMib(peer.bytesSent)} MiB from a client that reads nothing`,
      cause: 'replies that nobody reads are kept in memory, without a limit',
      hint: 'stop reading from a connection while more than --max-pending-bytes wait for its peer',
    });
  }
}

async function manySlow(context: CheckContext): Promise<void> {
  await context.stillServes();
  const before = await context.usage();
  await stalledClients(context, SLOW_CLIENTS, 1);
  const grown = (await context.usage()).rssBytes - before.rssBytes;
  const most = SLOW_CLIENTS * (PENDING_BYTES + READ_BYTES) + RUNTIME_MIB * MIB;
  if (grown > most) {
    throw new CheckFailure({
      expected: `at most ${inMib(most)} MiB more of resident memory for ${SLOW_CLIENTS} slow clients`,
      actual: `${inMib(grown)} MiB more, ${inMib(grown / SLOW_CLIENTS)} MiB for each`,
      cause:
        'the limit is not that of --max-pending-bytes, or every connection has a large buffer of its own',
      hint: 'take the limit from the flag, and let buffers grow with what is in them',
    });
  }
  await context.stillServes();
}

async function abortStalled(context: CheckContext): Promise<void> {
  await stallAndReset(context);
  const allowedBytes = ROUND_MAY_ADD_MIB * MIB;
  const grown = await growthByRounds(context, STALLED_ROUNDS, allowedBytes, () => stallAndReset(context));
  if (grown <= allowedBytes) return;
  throw new CheckFailure({
    expected: `at most ${ROUND_MAY_ADD_MIB} MiB more after another round of ${STALLED_CLIENTS} clients, in one of ${STALLED_ROUNDS}`,
    actual: `${inMib(grown)} MiB more in the last one`,
    cause: 'what waits for a client is not freed when its connection is reset',
    hint: 'free everything of a connection in one place, and go there on FIN, on an error and at a timeout',
  });
}

/** Clients that offer this much each and read nothing, when the server has taken what it takes. */
async function stalledClients(context: CheckContext, count: number, offeredMib: number): Promise<Peer[]> {
  context.step(`${count} clients offer ${offeredMib} MiB each and read nothing`);
  const { requests } = requestsOf(context, offeredMib);
  const peers: Peer[] = [];
  for (let i = 0; i < count; i++) {
    const peer = await context.connect(context.server, { paused: true });
    peer.write(requests);
    peers.push(peer);
  }
  // The server sleeps: that says as much about the others as about the last.
  const last = peers.at(-1);
  if (last) await context.settled(last);
  return peers;
}

async function stallAndReset(context: CheckContext): Promise<void> {
  const { fds } = await context.usage();
  const peers = await stalledClients(context, STALLED_CLIENTS, 2);
  context.step('all of them send RST');
  for (const peer of peers) peer.reset();
  await context.until('the server to close them', isBackAt(context, fds));
}
