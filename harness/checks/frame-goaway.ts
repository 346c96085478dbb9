/**
 * Checks of GOAWAY: how a drain is announced, and what is still answered after it.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes, NotJudged } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import {
  errorReply,
  expectLike,
  expectNotBefore,
  moreThanBuffers,
  type Reply,
  takeEcho,
  takeExpected,
  takeGenerated,
  takeSomeGenerated,
} from './frame-replies.ts';
import {
  DELAY_REPLY,
  DISCARD,
  DISCARD_REPLY,
  delay,
  ECHO,
  type Frame,
  frame,
  GOAWAY,
  generate,
  HEADER_BYTES,
  NOTHING,
  takeFrame,
  UNKNOWN,
  u32,
} from './frames.ts';
import { NEVER_MS } from './server-flags.ts';

const base = { level: 'must', tier: 'quick', topic: 'shutdown', suites: ['framed'] } as const;
const unlimited = { 'drain-timeout-ms': NEVER_MS, 'linger-ms': NEVER_MS };
/** The longer one for a machine on which the first is due before the server has found the signal. */
const OUTSTANDING_MS = [700, 4000];

const PENDING_BYTES = 65_536;
/** Each is stopped at another place. */
const STREAMS = 6;
/** A frame of 65,536 bytes may be begun when one byte less than the bound is waiting. */
const MOST_HELD_BYTES = PENDING_BYTES + 65_536 + HEADER_BYTES;

export const goawayChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.goaway',
    title: 'announces a drain with GOAWAY and the number of requests that are answered',
    rule: 'docs/protocol.md section 5',
    flags: unlimited,
    why: 'The count tells a client which of its requests it has to send again elsewhere. Without it, each may have been done or not.',
    how: 'Four requests are answered, one of them by an ERROR; then SIGTERM: GOAWAY with id 0, flags 0 and the number 4, then FIN. On a connection without requests the number is 0.',
    run: goaway,
  },
  {
    ...base,
    id: 'frame.goaway-inflight',
    title: 'completes the frame that had begun at the drain, counts it in GOAWAY, and discards later ones',
    rule: 'docs/protocol.md section 5',
    flags: unlimited,
    why: 'GOAWAY is only worth something if it comes at once and says what will be done: the client can then begin to send the rest elsewhere.',
    how: 'Half a frame that the server has read, SIGTERM, GOAWAY with the number 2 while the half is still missing; then the other half and another frame: one reply, FIN, exit 0.',
    run: goawayInflight,
  },
  {
    ...base,
    id: 'frame.goaway-delays',
    title: 'answers outstanding DELAYs when they are due, also during the drain',
    rule: 'docs/protocol.md section 5',
    startsServer: false,
    why: 'A request that was accepted is owed. To drop it, or to answer it at once because one is about to leave, breaks what the client was told.',
    how: `DELAY ${OUTSTANDING_MS[0]} is outstanding at SIGTERM: GOAWAY with the number 1, then the reply, not too early, then FIN. On a machine where the DELAY was due before the server had found the signal, a fresh server gets a longer one.`,
    run: goawayDelays,
  },
  {
    ...base,
    id: 'frame.goaway-generate',
    title: 'sends GOAWAY at the next boundary of two frames, in the middle of a long GENERATE',
    rule: 'docs/protocol.md section 5',
    flags: { ...unlimited, 'max-pending-bytes': PENDING_BYTES },
    why: 'A client that downloads for an hour must learn now that the server is going to leave, not in an hour.',
    how: 'A GENERATE that no buffer holds, to a client that reads only after SIGTERM: GOAWAY must come before END, at a boundary, and the stream be whole.',
    run: goawayGenerate,
  },
  {
    ...base,
    id: 'frame.generate-held',
    title: 'holds no more of a stream ready than --max-pending-bytes and one frame',
    rule: 'docs/protocol.md section 3',
    topic: 'backpressure',
    needs: ['native'],
    flags: { ...unlimited, 'max-pending-bytes': PENDING_BYTES },
    why: 'A bound that is kept only now and then is none: with ten thousand slow clients the difference is what ends the server.',
    how: `${STREAMS} clients ask for a long stream; one reads nothing, the next one a frame, and so on. When the server sleeps the kernel says how much it was given (TCP_INFO); GOAWAY at SIGTERM shows how much more the server had made.`,
    run: streamHeld,
  },
];

const GOAWAY_ADVICE = {
  cause:
    'the drain was not announced (no handler for SIGTERM, or one that exits at once?), or the number in GOAWAY is not that of the requests which are or will be answered',
  hint: 'type 0xFE, id 0, flags 0, u32: complete requests so far, those answered by an ERROR too, plus 1 if a frame has begun',
};

async function takeGoaway(peer: Peer, count: number): Promise<void> {
  const expected: Reply = { type: GOAWAY, id: 0, payload: u32(count) };
  await advise(GOAWAY_ADVICE, async () => {
    const { flags } = await takeExpected(peer, `GOAWAY with the number ${count}`, expected);
    if (flags === 0) return;
    throw new CheckFailure({ expected: 'flags 0 in GOAWAY', actual: `flags 0x${flags.toString(16)}` });
  });
}

async function takeFin(peer: Peer): Promise<void> {
  await advise(
    {
      cause: 'the drain goes on though nothing is owed',
      hint: 'GOAWAY, what is owed, FIN; later frames get no reply',
    },
    async () => expectBytes('nothing but FIN', await peer.takeUntilEnd('FIN'), NOTHING),
  );
  peer.end();
}

async function exitsInOrder(context: CheckContext, server = context.server): Promise<void> {
  const exit = await context.within('the exit of the server', server.exited);
  if (exit.code === 0) return;
  throw new CheckFailure({
    expected: 'exit code 0: everything owed was sent',
    actual: `exit code ${exit.code}, signal ${exit.signal}`,
  });
}

async function goaway(context: CheckContext): Promise<void> {
  const busy = await context.connect();
  const idle = await context.connect();
  const payload = context.random.digits(10);
  context.step(
    'ECHO, DISCARD, a type that does not exist and ECHO are answered on one connection, nothing on another',
  );
  busy.write(
    Buffer.concat([
      frame(ECHO, 1, payload),
      frame(DISCARD, 2, payload),
      frame(UNKNOWN, 3),
      frame(ECHO, 4, payload),
    ]),
  );
  await takeEcho(busy, 1, payload);
  await takeExpected(busy, 'the reply to DISCARD', {
    type: DISCARD_REPLY,
    id: 2,
    payload: u32(payload.length),
  });
  await takeExpected(busy, 'the reply to type 0x55', errorReply(3, 3));
  await takeEcho(busy, 4, payload);
  await context.stillServes();
  context.step('SIGTERM');
  context.server.signal('SIGTERM');
  await takeGoaway(busy, 4);
  await takeFin(busy);
  await takeGoaway(idle, 0);
  await takeFin(idle);
  await exitsInOrder(context);
}

async function goawayInflight(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(100);
  const whole = frame(ECHO, 2, payload);
  const half = context.random.integer(1, whole.length - 1);
  context.step(`an ECHO is answered; then ${half} of the ${whole.length} bytes of another one, and SIGTERM`);
  peer.write(frame(ECHO, 1, payload));
  await takeEcho(peer, 1, payload);
  peer.write(whole.subarray(0, half));
  await context.consumed(peer);
  await context.asleep();
  context.server.signal('SIGTERM');
  await takeGoaway(peer, 2);
  context.step('send the rest, and a third ECHO');
  peer.write(Buffer.concat([whole.subarray(half), frame(ECHO, 3, payload)]));
  await takeEcho(peer, 2, payload);
  await takeFin(peer);
  await exitsInOrder(context);
}

async function goawayDelays(context: CheckContext): Promise<void> {
  for (const ms of OUTSTANDING_MS) if (await drainsWhileDelayed(context, ms)) return;
  throw new NotJudged('the DELAY was due before the server had found the signal');
}

/** False when the DELAY was answered before the drain was announced: whether the drain respects it is then not known. */
async function drainsWhileDelayed(context: CheckContext, ms: number): Promise<boolean> {
  const server = await context.start(unlimited);
  const peer = await context.connect(server);
  const payload = context.random.digits(10);
  const since = performance.now();
  context.step(`send DELAY ${ms}, and SIGTERM when it was read`);
  peer.write(delay(1, ms, payload));
  await context.consumed(peer);
  await context.asleep(server);
  server.signal('SIGTERM');
  const advice = {
    cause: 'the drain dropped the DELAY, or hurried it',
    hint: 'leave its timer alone; FIN comes when none is outstanding',
  };
  const inTime = await advise(advice, async () => {
    const what = 'GOAWAY, and the reply to DELAY';
    const frames = [await takeFrame(peer, what), await takeFrame(peer, what)];
    const drainedFirst = frames[0]?.type !== DELAY_REPLY;
    const [announced, answered] = drainedFirst ? frames : frames.reverse();
    expectLike('GOAWAY', announced, { type: GOAWAY, id: 0, payload: u32(1) });
    expectLike('the reply to DELAY', answered, { type: DELAY_REPLY, id: 1, payload });
    expectNotBefore('the reply to DELAY', since, ms);
    return drainedFirst;
  });
  await takeFin(peer);
  await exitsInOrder(context, server);
  return inTime;
}

async function goawayGenerate(context: CheckContext): Promise<void> {
  const stream = await unreadStream(context, 0);
  await beginDrain(context);
  await placeOfGoaway(stream);
  await exitsInOrder(context);
}

async function streamHeld(context: CheckContext): Promise<void> {
  const streams: UnreadStream[] = [];
  for (let sips = 0; sips < STREAMS; sips++) streams.push(await unreadStream(context, sips));
  const handedOver = streams.map(({ peer }) => handedToKernel(context, peer));
  await beginDrain(context);
  const held: number[] = [];
  for (const [i, stream] of streams.entries())
    held.push((await placeOfGoaway(stream)) - (handedOver[i] ?? 0));
  await exitsInOrder(context);
  const most = Math.max(...held);
  if (most <= MOST_HELD_BYTES) return;
  throw new CheckFailure({
    expected: `at most ${MOST_HELD_BYTES} bytes of a stream to wait in the server: --max-pending-bytes and one frame`,
    actual: `${most} bytes stood before GOAWAY and had not been handed to the kernel`,
    cause:
      'the stream is made in portions that are larger than the bound, or the bound is looked at too seldom',
    hint: 'before each frame: is less than --max-pending-bytes waiting? If not, go on when the socket has taken something',
  });
}

/** A GENERATE that no buffer holds, and a client that does not read on. */
interface UnreadStream {
  peer: Peer;
  count: number;
  /** Bytes of the stream that the client has taken. */
  taken: number;
}

/** The client reads a frame and stops again, `sips` times; the server sleeps. */
async function unreadStream(context: CheckContext, sips: number): Promise<UnreadStream> {
  const count = moreThanBuffers(context);
  const peer = await context.connect(context.server, { paused: true });
  context.step(`send GENERATE ${count} and read ${sips} frames of it`);
  peer.write(generate(1, count));
  await context.settled(peer);
  let taken = 0;
  for (let sip = 0; sip < sips; sip++) {
    peer.resume();
    taken = await takeSomeGenerated(peer, { id: 1, count }, taken, 1);
    peer.pause();
    await context.settled(peer);
  }
  return { peer, count, taken };
}

async function beginDrain(context: CheckContext): Promise<void> {
  context.step('send SIGTERM');
  context.server.signal('SIGTERM');
  await context.until(
    'the server to take no connections any more',
    async () => (await context.connectError(context.server)) === 'ECONNREFUSED',
  );
  await context.asleep();
}

/** Reads the stream to its end. @returns how many bytes came before GOAWAY */
async function placeOfGoaway({ peer, count, taken }: UnreadStream): Promise<number> {
  peer.resume();
  const places: number[] = [];
  const other = (got: Frame): boolean => {
    places.push(peer.bytesReceived - peer.buffered() - HEADER_BYTES - got.length);
    return got.type === GOAWAY && got.payload.equals(u32(1));
  };
  await advise(GOAWAY_ADVICE, async () => {
    await takeGenerated(peer, { id: 1, count, other }, taken);
    if (places.length === 1) return;
    throw new CheckFailure({
      expected: 'one GOAWAY between the frames of the stream',
      actual: `${places.length} of them before END`,
    });
  });
  await takeFin(peer);
  return places[0] ?? 0;
}

/** All bytes that the server has written to this connection, as far as the kernel has taken them. */
function handedToKernel(context: CheckContext, peer: Peer): number {
  const end = context.serverEnd(peer);
  if (!end?.tcpInfo) throw new NotJudged('the kernel does not say how much it was given');
  return end.tcpInfo.bytesAcked + end.txQueue;
}
