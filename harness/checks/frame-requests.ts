/**
 * Checks of requests and their replies: what each carries, that ids and order are kept, and that no cut of the bytes matters.
 *
 * ECHO alone is judged by the checks of tcp and stream; GENERATE and DELAY have files of their own.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer, Random } from './context.ts';
import { deliver, deliverCut, everyOffset, randomCuts } from './delivery.ts';
import {
  errorReply,
  moreThanBuffers,
  type Reply,
  takeEcho,
  takeExpected,
  takeGenerated,
} from './frame-replies.ts';
import {
  DELAY_REPLY,
  DISCARD,
  DISCARD_REPLY,
  delay,
  describeFrame,
  ECHO,
  ECHO_REPLY,
  type Frame,
  frame,
  generate,
  takeFrame,
  UNKNOWN,
  u32,
} from './frames.ts';

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['framed'] } as const;
/** Their replies together are more than any buffer for small replies that a server is likely to have. */
const SMALL_REQUESTS = 40_000;
const FLAGS_OFFSET = 5;
const DISCARDED_BYTES = [0, 1, 255, 256, 65_535, 65_536, 300_000];
const IDS = [0, 1, 0x00ff, 0x0100, 0x1234, 0x8000, 0xffff, 0x1234, 0x1234];
const ORDERED_REQUESTS = 40;
const RANDOM_ROUNDS = 6;
const SMALL_PENDING_BYTES = 65_536;
const MIXED_REQUESTS = 100;

export const requestChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.discard',
    title: 'answers DISCARD with the number of payload bytes',
    rule: 'docs/protocol.md section 2',
    why: 'An upload that is counted wrongly is an upload that was lost or paid twice, and nobody notices until the sums are compared.',
    how: `DISCARD of 0 to 300,000 bytes, so that some payloads need one read, some many; the reply must carry the length as a u32. Then ${SMALL_REQUESTS} of one byte at once.`,
    run: discard,
  },
  {
    ...base,
    id: 'frame.id',
    title: 'copies the id of every request into its replies, also ids that are in use already',
    rule: 'docs/protocol.md section 1',
    why: 'The id is all that a client has to find the request that a reply belongs to. A server that keeps a map from ids to replies loses one when a client uses an id twice, which it may.',
    how: 'ECHO, DISCARD, GENERATE, a type that does not exist and DELAY, each with ids of one and two bytes and with one id three times.',
    run: ids,
  },
  {
    ...base,
    id: 'frame.reply-flags',
    title: 'sets no flag in any reply but END on the last frame of a GENERATE',
    rule: 'docs/protocol.md section 1',
    why: 'A flag that means nothing today is how a protocol grows tomorrow. A client that is strict about unknown flags, as this server must be, would hang up.',
    how: 'One request of each kind; the flags of each reply are looked at, and nothing else of it.',
    run: replyFlags,
  },
  {
    ...base,
    id: 'frame.order',
    title: 'answers ECHO, DISCARD, GENERATE and errors that go on in the order of the requests',
    rule: 'docs/protocol.md section 3',
    why: 'Clients match replies by order as well as by id. An error that jumps the queue is taken for the answer to another request.',
    how: `${ORDERED_REQUESTS} requests of all kinds, shuffled by the seed and cut at random. An ERROR is a reply and has its place too.`,
    run: order,
  },
  {
    ...base,
    id: 'frame.any-cut',
    title: 'gives the same replies however the requests are cut',
    rule: 'docs/protocol.md section 1',
    why: 'TCP may cut a stream anywhere. What works on loopback, where a write often arrives as one read, fails on the first busy network.',
    how: 'Five requests of different kinds, cut in two at every offset and then at random places; each piece is sent when the server has read the one before.',
    run: anyCut,
  },
  {
    ...base,
    id: 'frame.interleaved-writes',
    title: 'never mixes the bytes of two frames',
    rule: 'docs/protocol.md section 3',
    flags: { 'max-pending-bytes': SMALL_PENDING_BYTES },
    why: 'A reply that is written in two steps can be split by another one that is ready in between. From there on every length is read from the middle of a payload.',
    how: `${MIXED_REQUESTS} requests, a third of them DELAYs that become due while the client does not read, so that the server has to stop in the middle of frames. Then every frame must be whole.`,
    run: interleavedWrites,
  },
];

async function discard(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  for (const [id, size] of DISCARDED_BYTES.entries()) {
    context.step(`send DISCARD of ${size} bytes, id ${id}`);
    await advise(
      {
        cause: 'what was counted is not the payload of this frame',
        hint: 'the number is the length in the header: not the bytes of the last read, not the header too, and it has 32 bits',
      },
      async () => {
        await deliver(context, peer, frame(DISCARD, id, context.random.digits(size)));
        await takeExpected(peer, `the reply to DISCARD of ${size} bytes`, {
          type: DISCARD_REPLY,
          id,
          payload: u32(size),
        });
      },
    );
  }
  await discardMany(context, peer);
}

/** Compared as one piece: there is no other order for them. */
async function discardMany(context: CheckContext, peer: Peer): Promise<void> {
  context.step(`send ${SMALL_REQUESTS} DISCARDs of one byte at once`);
  const ids = Array.from({ length: SMALL_REQUESTS }, (_, id) => id);
  const replies = Buffer.concat(ids.map((id) => frame(DISCARD_REPLY, id, u32(1))));
  peer.write(Buffer.concat(ids.map((id) => frame(DISCARD, id, Buffer.from('x')))));
  await advise(
    {
      cause: 'the place where small replies are put together has a length, and it was not looked at',
      hint: 'is there room for one more? If not, write what is there first; and begin at its front again once it has been written',
    },
    async () => {
      const got = await peer.take(replies.length, 'the reply to each');
      // Flags are judged elsewhere.
      for (let at = FLAGS_OFFSET; at < got.length; at += replies.length / SMALL_REQUESTS) got[at] = 0;
      expectBytes('the replies', got, replies);
    },
  );
}

interface Exchange {
  request: Buffer;
  take(peer: Peer): Promise<void>;
}

function exchangeOf(request: Buffer, what: string, reply: Reply): Exchange {
  return { request, take: async (peer) => void (await takeExpected(peer, what, reply)) };
}

const makers: readonly ((random: Random, id: number) => Exchange)[] = [
  (random, id) => {
    const payload = random.digits(random.integer(0, 40));
    return exchangeOf(frame(ECHO, id, payload), `the reply to ECHO, id ${id}`, {
      type: ECHO_REPLY,
      id,
      payload,
    });
  },
  (random, id) => {
    const size = random.integer(0, 40);
    const reply = { type: DISCARD_REPLY, id, payload: u32(size) };
    return exchangeOf(frame(DISCARD, id, random.digits(size)), `the reply to DISCARD, id ${id}`, reply);
  },
  (random, id) => {
    const count = random.integer(0, 100_000);
    return { request: generate(id, count), take: (peer) => takeGenerated(peer, { id, count }) };
  },
  (random, id) => {
    const request = frame(UNKNOWN, id, random.digits(random.integer(0, 40)));
    return exchangeOf(request, `the reply to type 0x55, id ${id}`, errorReply(3, id));
  },
  (random, id) => {
    const request = frame(0x03, id, random.digits(5));
    return exchangeOf(request, `the reply to GENERATE with 5 bytes of payload, id ${id}`, errorReply(4, id));
  },
];

async function ids(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  for (const make of makers.slice(0, 4)) {
    const exchanges = IDS.map((id) => make(context.random, id));
    await advise(ID_ADVICE, () => converse(context, peer, exchanges));
  }
  context.step('send a DELAY of 5 ms with each of these ids');
  const payloads = IDS.map((id) => ({ id, payload: context.random.digits(8) }));
  await deliver(context, peer, Buffer.concat(payloads.map(({ id, payload }) => delay(id, 5, payload))));
  await advise(ID_ADVICE, async () => {
    for (const { id, payload } of payloads)
      await takeExpected(peer, `the reply to DELAY, id ${id}`, { type: DELAY_REPLY, id, payload });
  });
}

const ID_ADVICE = {
  cause:
    'the id of a reply is not that of its request, or a reply is missing because another one has the same id',
  hint: 'copy the two bytes as they are, and keep outstanding requests in a list, not in a map from ids',
};

/** Sends all requests, then takes all replies in their order. */
async function converse(context: CheckContext, peer: Peer, exchanges: readonly Exchange[]): Promise<void> {
  const requests = Buffer.concat(exchanges.map(({ request }) => request));
  const sent = deliver(context, peer, requests);
  for (const { take } of exchanges) await take(peer);
  await sent;
}

async function replyFlags(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const requests = {
    ECHO: frame(ECHO, 1, Buffer.from('abc')),
    DISCARD: frame(DISCARD, 2, Buffer.from('abc')),
    'a DELAY of 1 ms': delay(3, 1),
    'type 0x55': frame(UNKNOWN, 4),
    'GENERATE with no count': frame(0x03, 5),
  };
  for (const [name, request] of Object.entries(requests)) {
    context.step(`send ${name}`);
    peer.write(request);
    const { flags } = await takeFrame(peer, `the reply to ${name}`);
    if (flags === 0) continue;
    throw new CheckFailure({
      expected: `flags 0 in the reply to ${name}`,
      actual: `flags 0x${flags.toString(16)}`,
      cause: 'END belongs to the last frame of a GENERATE and to nothing else',
      hint: 'where the header of a reply is made: is the flag left over, or set for every last frame?',
    });
  }
}

async function order(context: CheckContext): Promise<void> {
  const kinds = Array.from(
    { length: ORDERED_REQUESTS },
    (_, i) => makers[i % makers.length] as (typeof makers)[number],
  );
  const exchanges = context.random.shuffle(kinds).map((make, id) => make(context.random, id));
  const peer = await context.connect();
  context.step(`send ${ORDERED_REQUESTS} requests of all kinds but DELAY, and read the replies`);
  await advise(
    {
      cause: 'a reply overtook an earlier one, or is missing',
      hint: 'one queue for all of them: behind a GENERATE that is not finished, every reply waits, ERRORs too',
    },
    () => converse(context, peer, exchanges),
  );
}

async function anyCut(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const talk = (): Exchange[] => makers.map((make, id) => make(context.random, id));
  const smallTalk = talk().map((one, i) => (i === 2 ? generateOf(7) : one));
  const bytes = Buffer.concat(smallTalk.map(({ request }) => request));
  const ways = [
    ...everyOffset(bytes.length).map((cut) => [cut]),
    ...Array.from({ length: RANDOM_ROUNDS }, () => randomCuts(context.random, bytes.length)),
  ];
  context.step(
    `send 5 requests (${bytes.length} bytes) cut in two at each offset, then ${RANDOM_ROUNDS} times in many pieces`,
  );
  for (const cuts of ways) {
    await advise(
      {
        cause: `the replies differ when the requests are cut after byte ${cuts.join(', ')}`,
        hint: 'a read may end in a header, in a payload that is kept, or in one that is skipped: what is already there must be remembered for each',
      },
      async () => {
        await deliverCut(context, peer, bytes, cuts);
        for (const { take } of smallTalk) await take(peer);
      },
    );
  }
}

function generateOf(count: number): Exchange {
  return { request: generate(2, count), take: (peer) => takeGenerated(peer, { id: 2, count }) };
}

async function interleavedWrites(context: CheckContext): Promise<void> {
  const peer = await context.connect(context.server, { paused: true });
  const owed = new Map<number, Reply>();
  const requests = Array.from({ length: MIXED_REQUESTS }, (_, id) => {
    const payload = context.random.digits(context.random.integer(0, 300));
    const delayed = id % 3 === 0;
    owed.set(id, { type: delayed ? DELAY_REPLY : ECHO_REPLY, id, payload });
    return delayed ? delay(id, context.random.integer(0, 60), payload) : frame(ECHO, id, payload);
  });
  const count = moreThanBuffers(context);
  context.step(
    `without reading send GENERATE ${count} among ${MIXED_REQUESTS} ECHOs and DELAYs of up to 60 ms`,
  );
  requests.splice(MIXED_REQUESTS / 2, 0, generate(MIXED_REQUESTS, count));
  peer.write(Buffer.concat(requests));
  await context.settled(peer);
  await context.elapse(70, 'all DELAYs are due while frames wait for the client');
  context.step('read everything');
  peer.resume();
  await advise(
    {
      cause: 'the bytes of one frame stand in the middle of another',
      hint: 'hand over header and payload in one call, and put a reply that is due behind the frame of which a part has left',
    },
    async () => {
      const other = (got: Frame): boolean => isOwed(owed, got);
      await takeGenerated(peer, { id: MIXED_REQUESTS, count, other });
      while (owed.size > 0) await takeOwed(peer, owed);
    },
  );
  await takeNothingMore(context, peer);
}

/** A reply that is owed, whole and with its own bytes; it is then owed no longer. */
function isOwed(owed: Map<number, Reply>, got: Frame): boolean {
  const reply = owed.get(got.id);
  const matches = reply !== undefined && got.type === reply.type && got.payload.equals(reply.payload);
  return matches && owed.delete(got.id);
}

async function takeOwed(peer: Peer, owed: Map<number, Reply>): Promise<void> {
  const expected = `one of the ${owed.size} replies that are still owed`;
  const got = await takeFrame(peer, expected);
  if (!isOwed(owed, got)) throw new CheckFailure({ expected, actual: describeFrame(got) });
}

/** The proof that nothing is left over: the next frame answers one more request. */
async function takeNothingMore(context: CheckContext, peer: Peer): Promise<void> {
  const payload = context.random.digits(16);
  peer.write(frame(ECHO, 1, payload));
  await takeEcho(peer, 1, payload);
}
