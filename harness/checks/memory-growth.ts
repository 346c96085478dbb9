/**
 * Checks of memory that should not depend on how long a server has been running, nor on what a client claims.
 *
 * Growth is counted over rounds of the same work, after a warm-up: what a runtime needs once does not count, what is lost
 * every time does.
 */
import { MIB } from '../units.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { comeAndGo, visit } from './crowd.ts';
import { pipeline } from './exchange.ts';
import { ECHO, ECHO_REPLY, frame, header } from './frames.ts';
import { growthByRounds } from './growth.ts';

const CLAIMS = 64;
const CLAIMED_BYTES = 4 * MIB;
/** A quarter of what is claimed. */
const CLAIMS_MAY_ADD_MIB = 64;

const EMPTY_FRAMES = 1_000_000;
const EMPTY_FRAMES_AT_A_TIME = 10_000;
const FLOOD_MAY_ADD_MIB = 48;

const MESSAGES = 20_000;
const MESSAGE_BYTES = 2048;
const MESSAGES_AT_A_TIME = 500;
const VISITORS = 3000;
/** One that keeps every message adds 40 MiB in each round, one that keeps 16 KiB for each visitor 47 MiB. */
const ROUND_MAY_ADD_MIB = 24;
/** After the warm-up; the first that adds little is the last. */
const ROUNDS = 4;
/** Of the rounds that are judged, for `how`. */
const JUDGED = `The first round is not judged; of at most ${ROUNDS} more, one must add little: a heap grows once, a leak every time.`;

const base = { level: 'must', topic: 'resources' } as const;
const both = ['tcp-echo', 'framed'] as const;

export const memoryGrowthChecks: readonly Check[] = [
  {
    ...base,
    id: 'mem.claimed-length',
    title: 'asks for no memory that a header only claims',
    rule: 'docs/protocol.md section 3',
    tier: 'quick',
    suites: ['framed'],
    flags: { 'max-frame-size': CLAIMED_BYTES },
    why: 'Nine bytes that cost a server four megabytes are a lever: a few thousand connections, and nothing is left for anybody else.',
    how: `${CLAIMS} clients each send a header that claims ${CLAIMED_BYTES} bytes, and one byte of them. The memory that the server has asked for, touched or not, may grow by a quarter of what is claimed.`,
    run: claimedLength,
  },
  {
    ...base,
    id: 'mem.zero-frame-flood',
    title: 'answers a flood of empty frames, each once, and keeps nothing of them',
    rule: 'docs/protocol.md section 3',
    tier: 'scaled',
    suites: ['framed'],
    deadlineFactor: 3,
    why: 'An empty frame is the cheapest thing that a client can send, so its cost for the server decides how expensive a flood is.',
    how: `1,000,000 frames (a tenth of it in the quick tier) without payload; every reply is compared, and the resident memory may hardly grow. A heap may grow once: of at most ${ROUNDS} such floods, one must add little.`,
    run: emptyFrames,
  },
  {
    ...base,
    id: 'mem.leak-per-frame',
    title: 'needs no more memory after tens of thousands of messages',
    rule: 'docs/contract.md section 7',
    tier: 'full',
    suites: both,
    deadlineFactor: 2,
    why: 'A few bytes lost with each message are invisible in a test, and end a server after a week.',
    how: `Rounds of ${MESSAGES} messages of ${MESSAGE_BYTES} bytes on one connection. ${JUDGED}`,
    run: leakPerMessage,
  },
  {
    ...base,
    id: 'mem.leak-per-conn',
    title: 'needs no more memory after thousands of connections',
    rule: 'docs/contract.md section 7',
    tier: 'full',
    suites: both,
    deadlineFactor: 3,
    why: 'What is made for a connection must be freed with it. A map from which nobody deletes is the usual way to forget it.',
    how: `Rounds of ${VISITORS} clients that come, exchange a message and go. ${JUDGED}`,
    run: leakPerConnection,
  },
];

async function claimedLength(context: CheckContext): Promise<void> {
  await context.stillServes();
  const before = await context.usage();
  context.step(`${CLAIMS} clients claim ${CLAIMED_BYTES} bytes each, and send one byte`);
  const peers: Peer[] = [];
  for (let i = 0; i < CLAIMS; i++) {
    const peer = await context.connect();
    peer.write(Buffer.concat([header(CLAIMED_BYTES), Buffer.from('x')]));
    peers.push(peer);
  }
  for (const peer of peers) await context.consumed(peer);
  await context.asleep();
  const after = await context.usage();
  const grown = after.dataBytes - before.dataBytes;
  if (grown > CLAIMS_MAY_ADD_MIB * MIB) {
    throw new CheckFailure({
      expected: `at most ${CLAIMS_MAY_ADD_MIB} MiB more memory for ${CLAIMS * 9} bytes received`,
      actual: `the server asked for ${(grown / MIB).toFixed(1)} MiB more`,
      cause: 'memory is allocated for the length that a header claims, before the bytes are there',
      hint: 'let the buffer grow with what has really arrived, for example by doubling it',
    });
  }
  await context.stillServes();
}

async function emptyFrames(context: CheckContext): Promise<void> {
  const requests = Buffer.concat(Array(EMPTY_FRAMES_AT_A_TIME).fill(frame(ECHO, 7)));
  const replies = Buffer.concat(Array(EMPTY_FRAMES_AT_A_TIME).fill(frame(ECHO_REPLY, 7)));
  const rounds = context.scaled(EMPTY_FRAMES) / EMPTY_FRAMES_AT_A_TIME;
  const peer = await context.connect();
  const flood = async (): Promise<void> => {
    peer.write(requests);
    expectBytes('the replies', await peer.take(replies.length, 'all replies'), replies);
  };
  await flood();
  context.step(`send ${rounds} times ${EMPTY_FRAMES_AT_A_TIME} empty frames, and compare the replies`);
  const grown = await growthByRounds(context, ROUNDS, FLOOD_MAY_ADD_MIB * MIB, async () => {
    for (let round = 0; round < rounds; round++) await flood();
  });
  expectFlat(grown, FLOOD_MAY_ADD_MIB, `${rounds * EMPTY_FRAMES_AT_A_TIME} empty frames`, {
    cause: 'something is kept for every frame that was answered',
    hint: 'is there a list or a map into which every frame goes, and from which none is taken?',
  });
}

async function leakPerMessage(context: CheckContext): Promise<void> {
  const { requests, replies } = pipeline(context, MESSAGES_AT_A_TIME, MESSAGE_BYTES);
  const peer = await context.connect();
  const round = async (): Promise<void> => {
    for (let sent = 0; sent < MESSAGES; sent += MESSAGES_AT_A_TIME) {
      peer.write(requests);
      expectBytes('the replies', await peer.take(replies.length, 'all replies'), replies);
    }
  };
  context.step(
    `rounds of ${MESSAGES} messages of ${MESSAGE_BYTES} bytes, until one adds little, at most ${ROUNDS}`,
  );
  await round();
  expectFlat(await growthOf(context, round), ROUND_MAY_ADD_MIB, `${MESSAGES} messages, in every round`, {
    cause: 'something is kept of every message',
    hint: 'what is allocated or remembered for a message must be gone when its reply is written',
  });
}

async function leakPerConnection(context: CheckContext): Promise<void> {
  const round = (): Promise<void> => visit(context, VISITORS, (peer) => comeAndGo(context, peer));
  context.step(
    `rounds of ${VISITORS} clients that come, exchange a message and go, until one adds little, at most ${ROUNDS}`,
  );
  await advise(
    {
      cause: 'after thousands of connections the server did not serve any more',
      hint: 'close what has ended',
    },
    round,
  );
  expectFlat(await growthOf(context, round), ROUND_MAY_ADD_MIB, `${VISITORS} connections, in every round`, {
    cause: 'something is kept of every connection that has ended',
    hint: 'free the buffers of a connection with it, and take it out of every list and map',
  });
}

const growthOf = (context: CheckContext, round: () => Promise<void>): Promise<number> =>
  growthByRounds(context, ROUNDS, ROUND_MAY_ADD_MIB * MIB, round);

function expectFlat(
  grown: number,
  mostMib: number,
  work: string,
  advice: { cause: string; hint: string },
): void {
  if (grown <= mostMib * MIB) return;
  throw new CheckFailure({
    expected: `at most ${mostMib} MiB more of resident memory after ${work}`,
    actual: `${(grown / MIB).toFixed(1)} MiB more`,
    ...advice,
  });
}
