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
} from './frame-replies.ts';
import {
  DELAY_REPLY,
  DISCARD,
  DISCARD_REPLY,
  delay,
  ECHO,
  frame,
  GOAWAY,
  generate,
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
    flags: { ...unlimited, 'max-pending-bytes': 65_536 },
    why: 'A client that downloads for an hour must learn now that the server is going to leave, not in an hour.',
    how: 'A GENERATE that no buffer holds, to a client that reads only after SIGTERM: GOAWAY must come before END, at a boundary, and the stream be whole.',
    run: goawayGenerate,
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
  const count = moreThanBuffers(context);
  const peer = await context.connect(context.server, { paused: true });
  context.step(`without reading send GENERATE ${count}; SIGTERM when the server sleeps`);
  peer.write(generate(1, count));
  await context.settled(peer);
  context.server.signal('SIGTERM');
  await context.until(
    'the server to take no connections any more',
    async () => (await context.connectError(context.server)) === 'ECONNREFUSED',
  );
  await context.asleep();
  context.step('read everything');
  peer.resume();
  let announced = 0;
  const other = (got: { type: number; payload: Buffer }): boolean => {
    announced++;
    return got.type === GOAWAY && got.payload.equals(u32(1));
  };
  await advise(GOAWAY_ADVICE, async () => {
    await takeGenerated(peer, { id: 1, count, other });
    if (announced === 1) return;
    throw new CheckFailure({
      expected: 'one GOAWAY between the frames of the stream',
      actual: `${announced} of them before END`,
    });
  });
  await takeFin(peer);
  await exitsInOrder(context);
}
