/**
 * Checks that bytes are a stream: they may arrive cut and joined in any way, and order and values survive it.
 *
 * Cuts are real: the next piece is sent when the kernel says that the server has read the one before.
 */
import { advise } from './advice.ts';
import { type Check, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { exchange, pipeline, takeReply } from './exchange.ts';
import { reply, request } from './message.ts';

const COALESCED = 50;
const PIPELINED = 200;
const DRIBBLED_BYTES = 4096;
const BARRIER_BYTES = 16;
const CONNECTIONS = 8;
const ROUNDS = 12;
const PIECE_BYTES = 5;

const base = { level: 'must', tier: 'quick', topic: 'framing' } as const;
const framed = { ...base, suites: ['framed'] } as const;
const both = { ...base, suites: ['tcp-echo', 'framed'] } as const;

export const streamChecks: readonly Check[] = [
  {
    ...framed,
    id: 'stream.coalesce',
    title: 'answers all frames that arrive in one read',
    rule: 'docs/protocol.md section 1',
    run: coalesce,
  },
  {
    ...framed,
    id: 'stream.split-every-byte',
    title: 'understands two frames that are cut at any byte',
    rule: 'docs/protocol.md section 1',
    run: splitEveryByte,
  },
  {
    ...both,
    id: 'stream.dribble',
    title: 'loses nothing when bytes arrive one by one',
    rule: 'docs/protocol.md section 1; RFC 862',
    run: dribble,
  },
  {
    ...framed,
    id: 'stream.order',
    title: 'answers pipelined requests in their order, each once',
    rule: 'docs/protocol.md section 3',
    run: order,
  },
  {
    ...both,
    id: 'stream.binary',
    title: 'keeps all 256 byte values, valid text or not',
    rule: 'docs/protocol.md section 2; RFC 862',
    run: binary,
  },
  {
    ...both,
    id: 'stream.interleave',
    title: 'keeps the bytes of connections apart',
    rule: 'docs/protocol.md section 1; RFC 862',
    run: interleave,
  },
];

async function splitEveryByte(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payloads = [context.random.digits(5), context.random.digits(27)];
  const whole = Buffer.concat(payloads.map((payload, id) => request(context.suite, payload, id)));
  context.step(
    `send 2 frames (5 and 27 bytes of payload) in two pieces, cut at each of ${whole.length - 1} places`,
  );
  for (let cut = 1; cut < whole.length; cut++) {
    await advise(
      {
        cause: `it fails when the frames are cut after byte ${cut}: one read was taken for one frame`,
        hint: 'keep what a read left over, put the next bytes behind it, and parse only complete frames',
      },
      async () => {
        peer.write(whole.subarray(0, cut));
        await context.consumed(peer);
        peer.write(whole.subarray(cut));
        for (const [id, payload] of payloads.entries()) {
          await takeReply(context, peer, payload, {
            id,
            what: `reply ${id + 1} of 2, cut after byte ${cut}`,
          });
        }
      },
    );
  }
}

async function dribble(context: CheckContext): Promise<void> {
  const { requests, replies } = pipeline(context, DRIBBLED_BYTES / 64, 64 - 8);
  const peer = await context.connect();
  context.step(
    `send ${requests.length} bytes one by one; after each of the first ${BARRIER_BYTES} wait until it was read`,
  );
  const taken = peer.take(replies.length, `the replies to ${requests.length} bytes`);
  await advise(
    {
      cause: 'bytes that arrived alone or in small groups were lost',
      hint: 'a read may return any number of bytes, even one; none of them is too few to matter',
    },
    async () => {
      const sent = (async () => {
        for (let i = 0; i < requests.length; i++) {
          peer.write(requests.subarray(i, i + 1));
          if (i < BARRIER_BYTES) await context.consumed(peer);
        }
      })();
      const [received] = await Promise.all([taken, sent]);
      expectBytes('the replies', received, replies);
    },
  );
}

async function coalesce(context: CheckContext): Promise<void> {
  const payloads = Array.from({ length: COALESCED }, (_, i) => Buffer.from(`message ${i}`));
  const peer = await context.connect();
  context.step(
    `stop the server (SIGSTOP), send ${COALESCED} frames, let it go on: it finds them in one read`,
  );
  await context.freeze();
  peer.write(Buffer.concat(payloads.map((payload, id) => request(context.suite, payload, id))));
  await peer.flushed();
  context.thaw();
  await takeAll(context, peer, payloads, {
    cause: 'the rest of what was read was dropped, or waits for more bytes to come',
    hint: 'after a frame look at the buffer again: go on until it holds no complete frame',
  });
}

async function order(context: CheckContext): Promise<void> {
  const payloads = Array.from({ length: PIPELINED }, (_, i) =>
    Buffer.concat([Buffer.from(`request ${i} `), context.random.digits(1 + (i % 50))]),
  );
  const peer = await context.connect();
  context.step(`stop the server (SIGSTOP), send ${PIPELINED} requests, let it go on, and read the replies`);
  await context.freeze();
  for (const [id, payload] of payloads.entries()) peer.write(request(context.suite, payload, id));
  await peer.flushed();
  context.thaw();
  await takeAll(context, peer, payloads, {
    cause: 'a reply overtook an earlier one, was lost, or was sent twice',
    hint: 'ECHO replies stand in the order of their requests: if they are made asynchronously, queue them',
  });
}

async function takeAll(
  context: CheckContext,
  peer: Peer,
  payloads: readonly Buffer[],
  advice: { cause: string; hint: string },
): Promise<void> {
  for (const [id, payload] of payloads.entries()) {
    const what = `reply ${id + 1} of ${payloads.length}`;
    await advise(advice, () => takeReply(context, peer, payload, { id, what }));
  }
}

async function binary(context: CheckContext): Promise<void> {
  const vectors = {
    'all byte values, 00 to ff': Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    'NUL, line ends and 0xff': Buffer.from('6100620d0a0d00ff', 'hex'),
    'bytes that are not UTF-8': Buffer.from('c328a0a1e28228f0288cbcfffe', 'hex'),
  };
  const peer = await context.connect();
  for (const [name, payload] of Object.entries(vectors)) {
    context.step(`send ${name}`);
    await advise(
      {
        cause: 'the bytes were treated as text',
        hint: 'Node: keep Buffers, no toString() and no setEncoding(). C: no strlen(), no %s; carry the length',
      },
      () => exchange(context, peer, payload, { what: `the echo of ${name}` }),
    );
  }
}

async function interleave(context: CheckContext): Promise<void> {
  const size = ROUNDS * PIECE_BYTES - request(context.suite, Buffer.alloc(0)).length;
  const clients = await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, i) => {
      const payload = Buffer.alloc(size, 0x41 + i);
      const whole = request(context.suite, payload);
      return { i, whole, peer: await context.connect(), expected: reply(context.suite, payload) };
    }),
  );
  context.step(
    `on ${CONNECTIONS} connections in turn send a piece of ${PIECE_BYTES} bytes, ${ROUNDS} rounds`,
  );
  for (let from = 0; from < ROUNDS * PIECE_BYTES; from += PIECE_BYTES) {
    for (const { peer, whole } of clients) {
      peer.write(whole.subarray(from, from + PIECE_BYTES));
      await context.consumed(peer);
    }
  }
  for (const { i, peer, expected } of clients) {
    await advise(
      {
        cause: `connection ${i + 1} did not get its own bytes (all of them 0x${(0x41 + i).toString(16)}): the state of connections is shared`,
        hint: 'no static or global buffer: each connection owns what it has read and what it has to write',
      },
      async () => {
        const what = `the reply on connection ${i + 1}`;
        expectBytes(what, await peer.take(expected.length, what), expected);
      },
    );
  }
}
