/**
 * Checks of the end of a framed connection: EOF, with and without work under way, the drain, and the refusal of a new one.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { deliver } from './delivery.ts';
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
  ECHO_REPLY,
  frame,
  GOAWAY,
  generate,
  header,
  NOTHING,
  takeFrame,
  u32,
} from './frames.ts';
import { NEVER_MS } from './server-flags.ts';

const base = { level: 'must', tier: 'quick', topic: 'shutdown', suites: ['framed'] } as const;
const unlimited = { 'drain-timeout-ms': NEVER_MS, 'linger-ms': NEVER_MS };
const DELAY_MS = 150;
const OUTSTANDING_MS = 700;

export const endChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.truncated-eof',
    title: 'does not answer a frame that EOF has cut off, and logs it',
    rule: 'docs/protocol.md section 5',
    why: 'Half a request is no request: who acts on it has made up the rest. And somebody must be able to find out why the client got no answer.',
    how: 'EOF inside a header and inside a payload, behind a request that is complete: one reply, FIN, and a line with TRUNCATED_FRAME.',
    run: truncated,
  },
  {
    ...base,
    id: 'frame.eof-owed',
    title: 'answers everything that was complete at EOF, DELAYs too, before its own FIN',
    rule: 'docs/protocol.md section 5',
    why: 'A client that has sent all it wants to send says so with FIN, and waits. It has not gone away.',
    how: `ECHO, DELAY ${DELAY_MS}, a long GENERATE and FIN in one go; all replies must come, the DELAY not too early, then FIN.`,
    run: eofOwed,
  },
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
    flags: unlimited,
    why: 'A request that was accepted is owed. To drop it, or to answer it at once because one is about to leave, breaks what the client was told.',
    how: `DELAY ${OUTSTANDING_MS} is outstanding at SIGTERM: GOAWAY with the number 1, and the reply, not too early, then FIN.`,
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
  {
    ...base,
    id: 'frame.refusal',
    title: 'says ERROR 5 with id 0 to a connection above --max-connections',
    rule: 'docs/protocol.md section 5',
    level: 'should',
    topic: 'resources',
    flags: { 'max-connections': 1 },
    why: 'A connection that is closed without a word looks like a crash. Whoever reads OVERLOADED knows that it can try again later.',
    how: 'One connection is served, the next one sends nothing and must get ERROR 5 with id 0, then its end. The server does so as best it can, therefore "should".',
    run: refusal,
  },
];

async function truncated(context: CheckContext): Promise<void> {
  const whole = Buffer.concat([header(100, ECHO, 3), context.random.digits(100)]);
  for (const cut of [1, 7, 8, 18]) {
    const peer = await context.connect();
    const payload = context.random.digits(16);
    context.step(`send an ECHO, then ${cut} of the 108 bytes of another one, and FIN`);
    await deliver(context, peer, Buffer.concat([frame(ECHO, 2, payload), whole.subarray(0, cut)]));
    peer.end();
    await advise(
      {
        cause: 'a frame that never became complete was answered, or EOF inside a frame was not noticed',
        hint: 'only complete frames get a reply; at EOF drop what is left and end the connection',
      },
      async () => {
        await takeEcho(peer, 2, payload);
        expectBytes('no reply', await peer.takeUntilEnd('FIN, and no reply'), NOTHING);
      },
    );
  }
  await advise(
    {
      cause: 'nothing was logged: nobody will find out why a client got no answer',
      hint: 'docs/protocol.md section 5: event=violation ... code=0 reason=TRUNCATED_FRAME, on stderr',
    },
    () =>
      context.within(
        'a line with reason=TRUNCATED_FRAME on stderr',
        context.server.stderrLine(/TRUNCATED_FRAME/),
      ),
  );
  await context.stillServes();
}

async function eofOwed(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(100);
  const count = 300_000;
  context.step(`send ECHO, DELAY ${DELAY_MS}, GENERATE ${count} and FIN`);
  const since = performance.now();
  await deliver(
    context,
    peer,
    Buffer.concat([frame(ECHO, 1, payload), delay(2, DELAY_MS, payload), generate(3, count)]),
  );
  peer.end();
  const delayed = { type: DELAY_REPLY, id: 2, payload };
  await advise(
    {
      cause: 'the FIN of the client ended what was still owed to it',
      hint: 'EOF means that nothing more will be asked. Our FIN comes when the queue is empty and no DELAY is outstanding',
    },
    async () => {
      await takeEcho(peer, 1, payload);
      let early = false;
      await takeGenerated(peer, {
        id: 3,
        count,
        other: (got) => {
          early = got.type === DELAY_REPLY && got.payload.equals(payload);
          return early;
        },
      });
      if (!early) await takeExpected(peer, 'the reply to DELAY', delayed);
      expectNotBefore('the reply to DELAY', since, DELAY_MS);
      expectBytes('nothing but FIN', await peer.takeUntilEnd('FIN'), NOTHING);
    },
  );
}

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

async function exitsInOrder(context: CheckContext): Promise<void> {
  const exit = await context.within('the exit of the server', context.server.exited);
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
      frame(0x55, 3),
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
  const peer = await context.connect();
  const payload = context.random.digits(10);
  const since = performance.now();
  context.step(`send DELAY ${OUTSTANDING_MS}, and SIGTERM when it was read`);
  peer.write(delay(1, OUTSTANDING_MS, payload));
  await context.consumed(peer);
  await context.asleep();
  context.server.signal('SIGTERM');
  const advice = {
    cause: 'the drain dropped the DELAY, or hurried it',
    hint: 'leave its timer alone; FIN comes when none is outstanding',
  };
  await advise(advice, async () => {
    const what = 'GOAWAY, and the reply to DELAY';
    const frames = [await takeFrame(peer, what), await takeFrame(peer, what)];
    // A server that was held up may find that the DELAY is due before it finds the signal.
    const [announced, answered] = frames[0]?.type === DELAY_REPLY ? frames.reverse() : frames;
    expectLike('GOAWAY', announced, { type: GOAWAY, id: 0, payload: u32(1) });
    expectLike('the reply to DELAY', answered, { type: DELAY_REPLY, id: 1, payload });
    expectNotBefore('the reply to DELAY', since, OUTSTANDING_MS);
  });
  await takeFin(peer);
  await exitsInOrder(context);
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

async function refusal(context: CheckContext): Promise<void> {
  const first = await context.connect();
  const payload = context.random.digits(10);
  first.write(frame(ECHO, 1, payload));
  await takeEcho(first, 1, payload);
  context.step('one connection is open, the limit; connect a second one');
  const second = await context.connect();
  await advise(
    {
      cause: 'the connection was closed without a reason',
      hint: 'write ERROR 5 with id 0, then close; the buffers of a new connection are empty, so it fits',
    },
    async () => {
      await takeExpected(second, 'the refusal', errorReply(5, 0));
      await second.ending();
    },
  );
  context.step('the first one is still served');
  first.write(frame(ECHO, 2, payload));
  await takeExpected(first, 'the reply on the first connection', { type: ECHO_REPLY, id: 2, payload });
}
