/**
 * Checks that connections are kept apart: the state of one is not that of another, also when a descriptor is used
 * again, and when many of them have news at the same time.
 */
import { advise } from './advice.ts';
import { isBackAt } from './back-at.ts';
import { type Check, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { exchange, takeReply } from './exchange.ts';
import { reply, request } from './message.ts';

const CONNECTIONS = 8;
const ROUNDS = 12;
const PIECE_BYTES = 5;
const HALF_FRAME_BYTES = 20;
/** Of each kind; all their events fit into one batch of most event loops. */
const OF_EACH_KIND = 8;

const base = { level: 'must', tier: 'quick', topic: 'framing' } as const;

export const streamConnectionChecks: readonly Check[] = [
  {
    ...base,
    suites: ['tcp-echo', 'framed'],
    id: 'stream.interleave',
    title: 'keeps the bytes of connections apart',
    rule: 'docs/protocol.md section 1; RFC 862',
    why: 'A static buffer works with one client. With two of them, each gets pieces of what the other has said.',
    how: `${CONNECTIONS} connections send pieces of ${PIECE_BYTES} bytes in turn, each read by the server before the next leaves; every connection has a byte value of its own.`,
    run: interleave,
  },
  {
    ...base,
    suites: ['framed'],
    id: 'stream.seq-reuse',
    title: 'begins anew on a descriptor that another connection has used',
    rule: 'docs/protocol.md section 1',
    why: 'The kernel gives out the lowest free descriptor, so the next client gets the number of the last one. State that is kept by number is handed on with it.',
    how: 'One client leaves in the middle of a frame, by FIN and by RST; the next, on the same descriptor, sends a whole frame and must get its reply.',
    run: descriptorReuse,
  },
  {
    ...base,
    suites: ['tcp-echo', 'framed'],
    id: 'stream.events-after-close',
    title: 'ignores what was reported for a connection that it has closed meanwhile',
    rule: 'docs/contract.md section 7',
    why: 'An event loop fetches events in batches. One handler may close a connection that has another event in the same batch: use of freed memory, once in a thousand times.',
    how: 'The server is stopped while some clients send and reset, some only reset, some send, and new ones connect; it then finds all of it in one batch. A build with sanitizers sees most.',
    run: eventsAfterClose,
  },
];

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

async function descriptorReuse(context: CheckContext): Promise<void> {
  await context.stillServes();
  await context.asleep();
  const { fds } = await context.usage();
  for (const leave of ['FIN', 'RST']) {
    context.step(`a client sends ${HALF_FRAME_BYTES} bytes of a longer frame, then ${leave}`);
    const first = await context.connect();
    first.write(request(context.suite, context.random.digits(100)).subarray(0, HALF_FRAME_BYTES));
    await context.consumed(first);
    if (leave === 'RST') first.reset();
    else first.end();
    await context.until('the server to close the connection', isBackAt(context, fds));
    context.step('the next client, on the same descriptor of the server, sends a whole frame');
    const second = await context.connect();
    await advise(
      {
        cause: `the half of a frame that another client had left behind (${leave}) was continued with the bytes of this one`,
        hint: 'set up the state of a connection when it is accepted, whatever was in that place before',
      },
      () => exchange(context, second, context.random.digits(50), { id: 1 }),
    );
    second.close();
    await context.until('the server to close the connection', isBackAt(context, fds));
  }
}

async function eventsAfterClose(context: CheckContext): Promise<void> {
  const payload = context.random.digits(32);
  const sent = request(context.suite, payload);
  const connect = (): Promise<Peer[]> =>
    Promise.all(Array.from({ length: OF_EACH_KIND }, () => context.connect()));
  const [sendAndReset, onlyReset, senders] = [await connect(), await connect(), await connect()];
  for (const peer of [...sendAndReset, ...onlyReset, ...senders]) await exchange(context, peer, payload);
  context.step(
    `stop the server; ${OF_EACH_KIND} clients send and reset, ${OF_EACH_KIND} reset, ${OF_EACH_KIND} send, ${OF_EACH_KIND} connect; let it go on`,
  );
  await context.freeze();
  for (const peer of [...sendAndReset, ...senders]) peer.write(sent);
  for (const peer of [...sendAndReset, ...onlyReset]) peer.reset();
  const newcomers = await connect();
  for (const peer of newcomers) peer.write(sent);
  context.thaw();
  await advise(
    {
      cause: 'the events of closed connections, in the same batch, ended the server or hit other connections',
      hint: 'free a closed connection after the batch, or take its other events out of it; never look up by descriptor alone',
    },
    async () => {
      for (const peer of [...senders, ...newcomers]) await takeReply(context, peer, payload);
      await context.stillServes();
    },
  );
}
