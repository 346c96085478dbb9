/**
 * Checks of clients that want too much, or only seem to do nothing: activity keeps a connection, resets cost nothing,
 * and nobody gets all of the server.
 *
 * The idle limit and the limit of connections themselves are in abuse.ts.
 */
import { MIB } from '../units.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { backAt, comeAndGo, visit } from './crowd.ts';
import { exchange } from './exchange.ts';
import { growthByRounds } from './growth.ts';
import { FIRST_IDLE_LIMIT_MS, judgeActivity } from './idle-limit.ts';
import { request } from './message.ts';
import { expectRest } from './rest.ts';
import { requestsOf } from './stalled.ts';

/** The pauses between them are longer than the limit together. */
const MESSAGES = 4;

const RESETS = 2000;
const RESETS_MAY_ADD_MIB = 24;
const RESET_ROUNDS = 4;

const HOG_PIECE_MIB = 1;
/** What the hog gets through at most until another client must have had its replies. */
const HOG_MIB = 64;
const HOG_PENDING_BYTES = 512 * 1024;
const EXCHANGES = 20;

const base = { level: 'must', topic: 'resources', suites: ['tcp-echo', 'framed'] } as const;

export const abuseClientChecks: readonly Check[] = [
  {
    ...base,
    id: 'abuse.idle-reset',
    title: 'starts the idle time anew with every byte',
    rule: 'docs/contract.md section 6',
    tier: 'quick',
    flags: { 'idle-timeout-ms': FIRST_IDLE_LIMIT_MS },
    why: 'A limit for silence that counts from the beginning ends long sessions in the middle of their work.',
    how: `A client sends one byte now and then, for longer than --idle-timeout-ms; each pause is shorter. Meanwhile the server must come to rest: a limit that was put off is no reason to look at the clock all the time. A try in which a pause became too long on a busy machine does not count; the next has times twice as long.`,
    run: idleReset,
  },
  {
    ...base,
    id: 'abuse.reset-flood',
    title: 'keeps nothing of thousands of connections that end with RST',
    rule: 'docs/contract.md section 7',
    tier: 'full',
    deadlineFactor: 2,
    why: 'Scanners and broken clients reset by the thousand. The error path is the one that is tried least, and where descriptors and buffers get lost.',
    how: `${RESETS} clients connect, send a message and reset. Descriptors must be back where they were, and memory may not have grown, or not again in up to ${RESET_ROUNDS - 1} more rounds: a heap grows once, a leak each time.`,
    run: resetFlood,
  },
  {
    ...base,
    id: 'abuse.one-hog',
    title: 'serves the others while one client sends all the time',
    rule: 'docs/contract.md section 7',
    level: 'should',
    tier: 'quick',
    why: 'Reading from one connection until there is nothing more means: until that client pauses. One that never does has the server for itself.',
    how: `One client sends as fast as it is answered. Another one must have ${EXCHANGES} replies before the first has got ${HOG_MIB} MiB through: counted in bytes, so that a slow machine changes nothing.`,
    run: oneHog,
  },
];

async function idleReset(context: CheckContext): Promise<void> {
  const advice = {
    expected: 'the connection to stay open while a byte moves now and then',
    cause: 'the idle time counts from the beginning of the connection',
    hint: 'remember the time at every read and every write, or start the timer anew',
  };
  await judgeActivity(context, {}, advice, async (idle) => {
    const peer = await context.connect(idle.server);
    for (let id = 0; id <= MESSAGES; id++) {
      if (id > 0) await idle.pause();
      await idle.move(() => exchange(context, peer, Buffer.from('x'), { id }));
    }
    await expectRest(context, 'until the idle limit is reached', REARMED_ADVICE, idle.server);
  });
}

const REARMED_ADVICE = {
  cause: 'the timer was set to a moment that has passed: it fires at once, again and again',
  hint: 'the next moment to look is when a byte last moved, plus --idle-timeout-ms',
};

async function resetFlood(context: CheckContext): Promise<void> {
  await visit(context, RESETS / 10, (peer) => comeAndGo(context, peer));
  await context.asleep();
  const allowedBytes = RESETS_MAY_ADD_MIB * MIB;
  const grown = await growthByRounds(context, RESET_ROUNDS, allowedBytes, () => flood(context));
  if (grown > allowedBytes) {
    throw new CheckFailure({
      expected: `at most ${RESETS_MAY_ADD_MIB} MiB more of resident memory after ${RESETS} resets, in one of ${RESET_ROUNDS} rounds`,
      actual: `${(grown / MIB).toFixed(1)} MiB more in the last one`,
      cause: 'something is kept of every connection that was reset',
      hint: 'free everything of a connection in one place, and go there on an error too',
    });
  }
  await context.stillServes();
}

async function flood(context: CheckContext): Promise<void> {
  const { fds } = await context.usage();
  context.step(`${RESETS} clients connect, send a message and RST`);
  const sent = request(context.suite, context.random.digits(1000));
  await visit(context, RESETS, async (peer) => {
    peer.write(sent);
    peer.reset();
  });
  await advise(
    {
      cause: 'descriptors of connections that were reset stay open',
      hint: 'after an error close() the descriptor, as after EOF',
    },
    () => backAt(context, fds),
  );
}

async function oneHog(context: CheckContext): Promise<void> {
  const hog = await context.connect();
  const other = await context.connect();
  await exchange(context, other, context.random.digits(16));
  let answered = 0;
  let enough = false;
  context.step('one client sends as fast as it is answered');
  const hogging = feed(context, hog, () => enough);
  context.step(`another one exchanges ${EXCHANGES} messages`);
  const served = (async () => {
    for (; answered < EXCHANGES; answered++)
      await exchange(context, other, context.random.digits(16), { id: answered });
  })();
  // Whoever loses the race may still fail when the check is over.
  for (const work of [served, hogging]) work.catch(() => {});
  await Promise.race([served, hogging]);
  enough = true;
  if (answered === EXCHANGES) return;
  throw new CheckFailure({
    expected: `${EXCHANGES} replies to one client before another one has got ${HOG_MIB} MiB through`,
    actual: `${answered} of them`,
    cause: 'the server stays with a client for as long as that one sends',
    hint: 'one read (or a fixed number of bytes) for each connection and turn of the event loop, then the next',
  });
}

/** Keeps the server busy with one client until that is enough, or {@link HOG_MIB} MiB were answered. */
async function feed(context: CheckContext, hog: Peer, isEnough: () => boolean): Promise<void> {
  const { requests } = requestsOf(context, HOG_PIECE_MIB);
  while (!isEnough() && hog.bytesReceived < HOG_MIB * MIB) {
    if (hog.pendingBytes() < HOG_PENDING_BYTES) hog.write(requests);
    await hog.take(1, 'replies to the busy client');
    if (hog.buffered() > 0) await hog.take(hog.buffered());
  }
}
