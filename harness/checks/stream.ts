/**
 * Checks that bytes are a stream: they may arrive cut and joined in any way, and the order survives it.
 *
 * Cuts are real: the next piece is sent when the kernel says that the server has read the one before.
 */
import { type AdviceByFailure, advise } from './advice.ts';
import type { Check } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { pipeline, takeCompared, takeReply } from './exchange.ts';
import { request } from './message.ts';

const COALESCED = 50;
const PIPELINED = 200;
const DRIBBLED_BYTES = 4096;
const BARRIER_BYTES = 16;

const base = { level: 'must', tier: 'quick', topic: 'framing' } as const;

export const streamChecks: readonly Check[] = [
  {
    ...base,
    suites: ['framed'],
    id: 'stream.coalesce',
    title: 'answers all frames that arrive in one read',
    rule: 'docs/protocol.md section 1',
    why: 'On a busy network several messages arrive together. Who answers one of them and waits for the next event leaves the others, and the client, hanging.',
    how: `The server is stopped while ${COALESCED} frames arrive, so that one read finds them all.`,
    run: coalesce,
  },
  {
    ...base,
    suites: ['framed'],
    id: 'stream.split-every-byte',
    title: 'understands two frames that are cut at any byte',
    rule: 'docs/protocol.md section 1',
    why: 'One read is not one message. On one machine it nearly always looks so; across a network the cut is anywhere, and such a server fails in production only.',
    how: 'Two frames are sent in two pieces, cut at every place in turn. The second piece leaves when the server has read the first.',
    run: splitEveryByte,
  },
  {
    ...base,
    suites: ['tcp-echo', 'framed'],
    id: 'stream.dribble',
    title: 'loses nothing when bytes arrive one by one',
    rule: 'docs/protocol.md section 1; RFC 862',
    why: 'Slow links and terminals deliver single bytes. None of them is too few to matter.',
    how: `4 KiB are written byte by byte; for the first ${BARRIER_BYTES} the client waits until the server has read each of them.`,
    run: dribble,
  },
  {
    ...base,
    suites: ['framed'],
    id: 'stream.order',
    title: 'answers pipelined requests in their order, each once',
    rule: 'docs/protocol.md section 3',
    why: 'A client that has sent several requests matches the replies by their order. One that overtakes gives somebody the answer to another question.',
    how: `${PIPELINED} different requests are there before the server goes on; the replies must come in the same order.`,
    run: order,
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
  const last = pipeline(context, 1, 64);
  const peer = await context.connect();
  context.step(
    `send ${requests.length} bytes one by one; after each of the first ${BARRIER_BYTES} wait until it was read`,
  );
  context.step('when all were read, send one message in one piece');
  const whole = Buffer.concat([replies, last.replies]);
  await advise(
    {
      cause: 'bytes that arrived alone or in small groups were lost',
      hint: 'a read may return any number of bytes, even one; none of them is too few to matter',
    },
    async () => {
      const taken = takeCompared(
        peer,
        whole,
        `the replies to ${requests.length} bytes and to the last message`,
      );
      const sent = (async () => {
        for (let i = 0; i < requests.length; i++) {
          peer.write(requests.subarray(i, i + 1));
          if (i < BARRIER_BYTES) await context.consumed(peer);
        }
        await context.consumed(peer);
        peer.write(last.requests);
      })();
      await Promise.all([taken, sent]);
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
    cause: 'what stands behind a frame in the same read was taken for its payload, or dropped',
    hint: 'a frame takes its 8 bytes and as many more as its length says, and the next one begins there: a payload does not end where the read ends',
    whenSilent: {
      cause: 'the rest of what was read was dropped, or waits for more bytes to come',
      hint: 'after a frame look at the buffer again: go on until it holds no complete frame',
    },
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
  advice: AdviceByFailure,
): Promise<void> {
  for (const [id, payload] of payloads.entries()) {
    const what = `reply ${id + 1} of ${payloads.length}`;
    await advise(advice, () => takeReply(context, peer, payload, { id, what }));
  }
}
