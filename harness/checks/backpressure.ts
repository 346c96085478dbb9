/**
 * Checks of backpressure: a peer that does not read makes the server stop reading from it, loses nothing, and
 * costs nobody else anything.
 *
 * What it costs in memory is judged in memory-stalled.ts.
 */
import { MIB } from '../units.ts';
import { type Advice, advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { exchange, pipeline } from './exchange.ts';
import { expectRest, SPIN_MS } from './rest.ts';
import { requestsOf, sizes, stalledClient } from './stalled.ts';

const SHORT_WRITE_BYTES = 200_000;
const EXCHANGES = 100;
const STALLS = 3;
/** Read between two stalls: less than what waits, so that the next stall begins with replies pending. */
const SIP_BYTES = 700_000;
/** docs/contract.md section 1. */
const SMALLEST_PENDING_BYTES = 4096;
const LARGER_MESSAGE_BYTES = 40_000;
const PENDING_BYTES = 65_536;
/** Several reads of any size that a server may use. */
const HELD_BYTES = 400_000;

const base = { level: 'must', tier: 'quick', topic: 'backpressure', suites: ['tcp-echo', 'framed'] } as const;
const rule = 'docs/contract.md section 7';

export const backpressureChecks: readonly Check[] = [
  {
    ...base,
    id: 'bp.slow-reader',
    title: 'stops reading from a client that never reads its replies',
    rule,
    why: 'Replies that nobody takes pile up in memory. One client that sends and does not read is enough to end a server that goes on reading.',
    how: 'A client offers several MiB and reads nothing. What the kernel has taken from it when the server sleeps is what the server has swallowed.',
    run: slowReader,
  },
  {
    ...base,
    id: 'bp.resume',
    title: 'goes on where it stopped when a slow client reads again',
    rule,
    why: 'Who stops reading must also start again. Otherwise a transfer hangs for ever after the first hiccup of the network.',
    flags: { 'max-pending-bytes': SMALLEST_PENDING_BYTES },
    how: `A client offers more than the server takes, waits until that has settled, and then reads everything. With the least --max-pending-bytes, ${SMALLEST_PENDING_BYTES}: less than the mark from which Node tells of 'drain'.`,
    run: resume,
  },
  {
    ...base,
    id: 'bp.full-reads',
    title: 'stops reading from such a client also when every read fills its buffer',
    rule,
    exclusive: true,
    needs: ['arena'],
    startsServer: false,
    why: 'A server that reads until its buffer is no longer full, or takes turns between clients that send much, has a second place where reading goes on. It shows with the large buffers of real machines, and not in a test that trickles.',
    how: `The server gets a receive buffer of 1 MiB. It is stopped (SIGSTOP) until ${HELD_BYTES} bytes wait in it, so that its reads are full, and goes on; the client reads nothing. When the server sleeps, it must have stopped reading, and go on when the client reads.`,
    run: fullReads,
  },
  {
    ...base,
    id: 'bp.isolated',
    title: 'serves other clients while one does not read',
    rule,
    why: 'A write that blocks stops the whole event loop: one phone in a tunnel, and nobody is served.',
    how: `While one client has stalled, another one exchanges ${EXCHANGES} messages.`,
    run: isolated,
  },
  {
    ...base,
    id: 'bp.epollout-spin',
    title: 'sleeps when a connection could be written to and there is nothing to write',
    rule,
    exclusive: true,
    why: 'A socket is writable nearly always. Who keeps asking for it gets an event at once, every time: a full CPU for an idle connection, and it shows only after the first slow client.',
    how: `After an exchange, and after a stalled client has read everything, the server must come to rest. One that has used ${SPIN_MS} ms of CPU time first fails.`,
    run: writableSpin,
  },
  {
    ...base,
    id: 'stream.partial-write',
    title: 'goes on after a write that the kernel took only in part',
    rule: 'docs/contract.md section 10',
    why: 'write() takes as much as there is room for. On a fast network that is always all of it, so that the missing loop shows only with slow clients.',
    how: `A reply of ${SHORT_WRITE_BYTES} bytes to a client that begins to read when the server sleeps: more than the socket buffer has room for in the arena.`,
    run: partialWrite,
  },
  {
    ...base,
    id: 'bp.larger-message',
    title: 'answers a message that is larger than --max-pending-bytes',
    rule: 'docs/contract.md section 7',
    flags: { 'max-pending-bytes': SMALLEST_PENDING_BYTES },
    why: 'A bound on what waits is no bound on what may be asked. A server that stops reading in the middle of a message, and waits for room that only the end of this message could make, waits for ever.',
    how: `With --max-pending-bytes ${SMALLEST_PENDING_BYTES}, ${LARGER_MESSAGE_BYTES} bytes arrive while the server is stopped (SIGSTOP), so that its reads are full. It goes on, and the reply must come.`,
    run: largerMessage,
  },
  {
    ...base,
    id: 'stream.deadlock',
    title: 'gets along with a client that reads only when it cannot write any more',
    rule,
    why: 'A client that writes everything before it reads makes the server stop, again and again. If either side then waits for the other, both wait for ever.',
    how: `A client writes until it is stuck, reads a little, and so on, ${STALLS} times; then it reads the rest. Every byte must come.`,
    run: readsWhenStuck,
  },
];

async function slowReader(context: CheckContext): Promise<void> {
  const { limitMib, offeredMib } = sizes(context);
  const { peer } = await stalledClient(context, offeredMib);
  expectStopped(peer, limitMib, {
    cause: 'replies pile up in memory: one such client can take all of it',
    hint: "Node: write() returned false, so pause() until 'drain'. C: write() said EAGAIN, so stop reading until EPOLLOUT",
  });
  await context.stillServes();
}

/** The server has swallowed no more than a good one may. */
function expectStopped(peer: Peer, limitMib: number, advice: Advice): void {
  if (peer.bytesSent <= limitMib * MIB) return;
  throw new CheckFailure({
    expected: `the server to stop reading after at most ${limitMib} MiB (--max-pending-bytes and the kernel's buffers)`,
    actual: `it took ${(peer.bytesSent / MIB).toFixed(1)} MiB from a client that read nothing`,
    ...advice,
  });
}

async function fullReads(context: CheckContext): Promise<void> {
  const { limitMib, offeredMib } = sizes(context);
  const server = await context.startWithLargeReceiveBuffers({ 'max-pending-bytes': PENDING_BYTES });
  const peer = await context.connect(server, { paused: true });
  const { requests, replies } = requestsOf(context, offeredMib);
  context.step(`stop the server, offer ${offeredMib} MiB, and let it go on when ${HELD_BYTES} bytes wait`);
  await context.freeze(server);
  peer.write(requests);
  await context.until(`${HELD_BYTES} bytes to wait for the server`, () => {
    return (context.serverEnd(peer)?.rxQueue ?? 0) >= HELD_BYTES;
  });
  context.thaw(server);
  await context.settled(peer);
  expectStopped(peer, limitMib, {
    cause: 'what continues after a read that has filled the buffer reads on, though reading has been paused',
    hint: 'there may be one place that decides whether a connection is read from: whoever wants to read on has to ask it',
  });
  await readsAll(context, peer, replies);
}

async function resume(context: CheckContext): Promise<void> {
  const { peer, replies } = await stalledClient(context, sizes(context).resumedMib);
  await readsAll(context, peer, replies);
}

async function readsAll(context: CheckContext, peer: Peer, replies: Buffer): Promise<void> {
  context.step('now read everything');
  peer.resume();
  await advise(
    {
      cause: 'the transfer stopped when the client was slow, and did not go on when it read again',
      hint: "what paused reading must start it again: 'drain' in Node, EPOLLOUT and then EPOLLIN in C. Node: 'drain' comes only after write() has returned false; pause below highWaterMark, and nobody wakes you",
    },
    async () => expectBytes('the replies', await peer.take(replies.length, 'all replies'), replies),
  );
}

async function isolated(context: CheckContext): Promise<void> {
  await stalledClient(context, sizes(context).resumedMib);
  context.step(`another client exchanges ${EXCHANGES} messages`);
  const other = await context.connect();
  await advise(
    {
      cause: 'a write to the client that does not read holds up everybody else',
      hint: 'no blocking write: sockets with O_NONBLOCK; keep what EAGAIN left and go on with the next event',
    },
    async () => {
      for (let id = 0; id < EXCHANGES; id++)
        await exchange(context, other, context.random.digits(32), { id });
    },
  );
}

async function writableSpin(context: CheckContext): Promise<void> {
  const idle = await context.connect();
  await exchange(context, idle, context.random.digits(32));
  await expectRest(context, 'with one idle connection', SPIN_ADVICE);
  const { peer, replies } = await stalledClient(context, sizes(context).resumedMib);
  await readsAll(context, peer, replies);
  await expectRest(context, 'when a stalled client has read everything', SPIN_ADVICE);
}

const SPIN_ADVICE = {
  cause: 'it asks to be told that it may write, although it has nothing to write',
  hint: 'ask for EPOLLOUT only while bytes are waiting, and take it back when they have left',
};

async function partialWrite(context: CheckContext): Promise<void> {
  const { requests, replies } = pipeline(context, 1, SHORT_WRITE_BYTES);
  const peer = await context.connect(context.server, { paused: true });
  context.step(`ask for a reply of ${SHORT_WRITE_BYTES} bytes, and read nothing until the server sleeps`);
  peer.write(requests);
  await context.settled(peer);
  context.step('now read it');
  peer.resume();
  await advise(
    {
      cause: 'write() took a part of the reply, and the rest was forgotten',
      hint: 'write() returns how many bytes it took: keep the others, and write them when the socket is writable again',
    },
    async () => expectBytes('the reply', await peer.take(replies.length, 'the whole reply'), replies),
  );
}

async function largerMessage(context: CheckContext): Promise<void> {
  const { requests, replies } = pipeline(context, 1, LARGER_MESSAGE_BYTES);
  const peer = await context.connect();
  await exchange(context, peer, context.random.digits(32));
  context.step(
    `stop the server (SIGSTOP), send a message of ${LARGER_MESSAGE_BYTES} bytes, and let it go on`,
  );
  await context.freeze();
  peer.write(requests);
  await peer.flushed();
  context.thaw();
  await advise(
    {
      cause: 'reading stopped in the middle of the message, and nothing was there that could make it go on',
      hint: 'what stops reading is replies that wait, not half a message; and a read that filled its buffer is not the last one',
    },
    async () => expectBytes('the reply', await peer.take(replies.length, 'the whole reply'), replies),
  );
}

async function readsWhenStuck(context: CheckContext): Promise<void> {
  const { requests, replies } = requestsOf(context, sizes(context).offeredMib + STALLS);
  const peer = await context.connect(context.server, { paused: true });
  const sips: Buffer[] = [];
  peer.write(requests);
  await advise(
    {
      cause: 'server and client wait for each other: it stopped reading once too often',
      hint: 'each time when what is pending has left, start to read again; one flag that is never cleared is enough to hang',
    },
    async () => {
      for (let stall = 1; stall <= STALLS; stall++) {
        await context.settled(peer);
        context.step(`the client is stuck for the ${stall}. time, and reads ${SIP_BYTES} bytes`);
        peer.resume();
        sips.push(await peer.take(SIP_BYTES, `${SIP_BYTES} bytes of replies`));
        peer.pause();
      }
      context.step('now read everything');
      peer.resume();
      sips.push(await peer.take(replies.length - STALLS * SIP_BYTES, 'the rest of the replies'));
    },
  );
  expectBytes('the replies', Buffer.concat(sips), replies);
}
