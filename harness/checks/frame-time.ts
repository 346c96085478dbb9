/**
 * Checks of the limits of time: for one frame, and for a connection that is idle.
 *
 * Only lower bounds are measured, from before the stimulus. That a limit exists is seen by its ERROR, and which of two comes first.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { CLOCK_SECONDS, inTime, LONGEST_CLOCK_MS } from './delay-clock.ts';
import { deliverCut } from './delivery.ts';
import { errorReply, expectNotBefore, moreThanBuffers, takeEcho, takeExpected } from './frame-replies.ts';
import { DELAY_REPLY, delay, ECHO, frame, generate, header, NOTHING, takeFrame } from './frames.ts';
import { TooSlow, unlessTooSlow, withGrowingLimit } from './growing-limit.ts';

const base = { level: 'must', tier: 'quick', topic: 'resources', suites: ['framed'] } as const;
const FRAME_MS = 300;
const IDLE_MS = 250;
/** Of a client that sends a frame byte by byte. */
const DRIBBLE_MS = 40;
const MOST_DRIBBLED_BYTES = 100;
const PENDING_BYTES = 65_536;
/** Of checks that must be quicker themselves. */
const WITHIN_A_FRAME = { flag: 'frame-timeout-ms', firstMs: 2 * FRAME_MS } as const;

export const timeChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.timeout',
    title: 'ends a frame that takes longer than --frame-timeout-ms with ERROR 7, and not before',
    rule: 'docs/protocol.md section 6',
    flags: { 'frame-timeout-ms': FRAME_MS },
    why: 'A client that begins a request and never ends it holds a connection and a buffer. The idle timeout alone is far too patient for that.',
    how: 'Five bytes of a header on one connection: ERROR 7 with id 0. A header and a part of the payload on another: ERROR 7 with its id. Each is followed by FIN.',
    run: timeout,
  },
  {
    ...base,
    id: 'frame.timeout-each',
    title: 'times each frame from its own first byte',
    rule: 'docs/protocol.md section 4',
    flags: { 'frame-timeout-ms': 2 * FRAME_MS },
    why: 'A clock that is started once and not again for the next frame cuts off clients that send steadily and never stop between two frames.',
    how: 'One write completes a frame and begins the next; ERROR 7 must name the second one, and not come before its own time is over.',
    run: timeoutEach,
  },
  {
    ...base,
    id: 'frame.timeout-between',
    title: 'does not count the time between two frames',
    rule: 'docs/protocol.md section 4',
    flags: { 'frame-timeout-ms': 2 * FRAME_MS },
    why: 'A client that thinks before its next request is idle, not slow: for that there is another, longer limit.',
    how: 'An exchange whose request arrives in two reads, a pause of more than --frame-timeout-ms, and another exchange on the same connection.',
    run: timeoutBetween,
  },
  {
    ...base,
    id: 'frame.timeout-paused',
    title: 'stops the clock of a frame while it has itself paused reading, and no other clock',
    rule: 'docs/protocol.md section 4',
    topic: 'backpressure',
    flags: { 'frame-timeout-ms': 2 * FRAME_MS, 'max-pending-bytes': PENDING_BYTES },
    why: 'The rest of the frame may lie in the kernel all the time. To punish a client for bytes that one has refused to read is to cut off everybody who downloads slowly.',
    how: 'Client A sends more requests than fit and reads nothing for longer than the limit; then client B begins a frame, and A reads. To A every reply must come, and no ERROR 7; to B ERROR 7 must come, and not before its time.',
    run: timeoutPaused,
  },
  {
    ...base,
    id: 'abuse.slowloris',
    title: 'does not let single bytes extend the time of a frame',
    rule: 'docs/protocol.md section 4',
    flags: { 'frame-timeout-ms': 3 * FRAME_MS },
    why: 'One byte now and then costs the attacker nothing and looks alive. A thousand such clients and a server that restarts its clock with each byte has no room left.',
    how: 'Client A begins a frame and sends a byte now and then; after a while client B begins one and sends no more. When the time of B is over, that of A must have been over.',
    run: slowloris,
  },
  {
    ...base,
    id: 'frame.idle-delay',
    title: 'does not call a connection idle while a DELAY is outstanding',
    rule: 'docs/contract.md section 6',
    flags: { 'idle-timeout-ms': IDLE_MS },
    why: "A client that waits for a slow answer is silent because it waits. To close on it is to break one's own promise.",
    how: 'A DELAY that is longer than --idle-timeout-ms: its reply must come before any ERROR 6. After that the connection is idle like any other, and ERROR 6 must come.',
    run: idleDelay,
  },
  {
    ...base,
    id: 'frame.idle-prompt',
    title: 'closes an idle connection soon after its time',
    rule: 'docs/contract.md section 6',
    startsServer: false,
    why: 'A limit that strikes a minute late protects nobody: the crowd that it is meant for has taken everything by then. And a timer that is set in another unit, or from another moment, comes very late on a server that has run for a day.',
    how: `When the server has run for a second, one client asks for a DELAY and another one is idle for ${IDLE_MS} ms: it must be closed before the DELAY is answered, which takes ${CLOCK_SECONDS} s, the longer ones only when a shorter one came first.`,
    run: idlePrompt,
  },
  {
    ...base,
    id: 'frame.idle-stalled',
    title: 'resets an idle connection on which replies wait for a client that does not read',
    rule: 'docs/protocol.md section 6',
    flags: { 'idle-timeout-ms': IDLE_MS, 'max-pending-bytes': PENDING_BYTES },
    why: 'Behind replies that nobody reads a polite ERROR would wait for ever, and so would the memory. RST is the only end that needs no reader.',
    how: 'A GENERATE that no buffer holds and a client that reads nothing; when the server has closed its descriptor, the client must see RST and no FIN.',
    run: idleStalled,
  },
];

async function timeout(context: CheckContext): Promise<void> {
  const bytes = Buffer.concat([header(100, ECHO, 0x1234), Buffer.from('abc')]);
  const cases = [
    { sent: 5, id: 0 },
    { sent: 11, id: 0x1234 },
  ];
  await Promise.all(
    cases.map(async ({ sent, id }) => {
      const since = performance.now();
      const peer = await context.connect();
      context.step(`send ${sent} bytes of an ECHO of 100 bytes, id 0x1234, and no more`);
      await deliverCut(context, peer, bytes.subarray(0, sent), [2]);
      await advise(
        {
          cause: 'no clock runs for a frame that has begun, or the ERROR names another frame',
          hint: 'start it with the first byte; at its end ERROR 7, with the id if the header is complete and 0 if not',
        },
        async () => {
          await takeExpected(peer, `ERROR 7 after ${sent} bytes of a frame`, errorReply(7, id));
          expectNotBefore('ERROR 7', since, FRAME_MS);
          expectBytes('nothing but FIN', await peer.takeUntilEnd('FIN'), NOTHING);
        },
      );
      peer.end();
    }),
  );
  await context.stillServes();
}

async function timeoutEach(context: CheckContext): Promise<void> {
  await withGrowingLimit(context, WITHIN_A_FRAME, async (server, limitMs) => {
    const peer = await context.connect(server);
    const payload = context.random.digits(40);
    const first = frame(ECHO, 1, payload);
    const startedAt = performance.now();
    context.step('send the first half of frame 1');
    peer.write(first.subarray(0, 20));
    await context.elapse(limitMs / 2, 'a part of the time of frame 1 goes by');
    const since = performance.now();
    context.step('send the rest of frame 1 and half of frame 2 in one piece');
    peer.write(Buffer.concat([first.subarray(20), frame(ECHO, 2, payload).subarray(0, 20)]));
    await context.consumed(peer);
    if (performance.now() - startedAt > 0.8 * limitMs) throw new TooSlow();
    await advise(
      {
        cause: 'the clock of frame 1 went on for frame 2',
        hint: 'when a read completes one frame and begins another, start the clock anew',
      },
      async () => {
        await takeEcho(peer, 1, payload);
        await takeExpected(peer, 'ERROR 7 of frame 2', errorReply(7, 2));
        expectNotBefore('ERROR 7 of frame 2', since, limitMs);
      },
    );
  });
}

async function timeoutBetween(context: CheckContext): Promise<void> {
  await withGrowingLimit(context, WITHIN_A_FRAME, async (server, limitMs) => {
    const peer = await context.connect(server);
    for (const id of [1, 2]) {
      const payload = context.random.digits(10);
      const startedAt = performance.now();
      await deliverCut(context, peer, frame(ECHO, id, payload), [4]);
      if (performance.now() - startedAt > limitMs / 2) throw new TooSlow();
      await advise(
        {
          cause: 'the clock of a frame runs though no frame has begun',
          hint: 'stop it when a frame is complete and no byte of the next one is there',
        },
        () => takeEcho(peer, id, payload),
      );
      if (id === 1) await context.elapse(1.25 * limitMs, 'more than --frame-timeout-ms between two frames');
    }
  });
}

async function timeoutPaused(context: CheckContext): Promise<void> {
  const payload = context.random.digits(30_000);
  const count = Math.ceil((2 * moreThanBuffers(context)) / payload.length);
  const requests = Buffer.concat(Array.from({ length: count }, (_, id) => frame(ECHO, id, payload)));
  const limited = { ...WITHIN_A_FRAME, flags: { 'max-pending-bytes': PENDING_BYTES } };
  await withGrowingLimit(context, limited, async (server, limitMs) => {
    const a = await context.connect(server, { paused: true });
    context.step(`client A sends ${count} ECHOs of ${payload.length} bytes without reading`);
    const startedAt = performance.now();
    a.write(requests);
    await context.settled(a);
    if (performance.now() - startedAt > limitMs / 2) throw new TooSlow();
    await context.elapse(1.5 * limitMs, 'longer than --frame-timeout-ms, while the server does not read');
    const b = await context.connect(server);
    context.step('client B sends 20 bytes of such an ECHO, and no more');
    const begunAt = performance.now();
    b.write(frame(ECHO, 1, payload).subarray(0, 20));
    await context.consumed(b);
    context.step('A reads everything');
    const resumedAt = performance.now();
    a.resume();
    await unlessTooSlow(resumedAt, limitMs / 2, () =>
      advise(CLOCK_OF_PAUSED, async () => {
        for (let id = 0; id < count; id++) await takeEcho(a, id, payload);
      }),
    );
    await advise(CLOCKS_OF_OTHERS, () => takeExpected(b, 'ERROR 7 to client B', errorReply(7, 1)));
    expectNotBefore('ERROR 7 to client B', begunAt, limitMs);
  });
}

const CLOCK_OF_PAUSED = {
  cause: 'the time of a frame went on while the server itself did not read',
  hint: 'when reading pauses, keep what is left of the time; when it goes on, start the clock with that',
};

const CLOCKS_OF_OTHERS = {
  cause: 'the clock of A, when it went on, took that of B out of the list, or its place',
  hint: 'each connection has a clock of its own; one that goes on with what is left may be due before others that began earlier',
};

async function slowloris(context: CheckContext): Promise<void> {
  const a = await context.connect();
  const b = await context.connect();
  context.step('client A sends a header that claims 1,000 bytes, and then one byte now and then');
  a.write(header(1000, ECHO, 1));
  await dribble(context, a, FRAME_MS / 2);
  context.step('client B sends such a header, and nothing more');
  b.write(header(1000, ECHO, 2));
  const refused = takeExpected(b, 'ERROR 7 to client B', errorReply(7, 2));
  let over = false;
  const told = (): void => {
    over = true;
  };
  refused.then(told, told);
  // A server that knows no such limit never says so: then the deadline does.
  for (let bytes = 0; !over && bytes < MOST_DRIBBLED_BYTES; bytes++) await dribble(context, a, DRIBBLE_MS);
  await refused;
  await context.asleep();
  await context.stillServes();
  if (a.ended === undefined && a.buffered() === 0) {
    throw new CheckFailure({
      expected: 'client A, whose frame had begun first, to be refused first',
      actual: 'only client B was refused, which had sent nothing more',
      cause: 'every byte starts the clock of the frame anew',
      hint: 'start it at the first byte of a frame, and leave it alone until the last',
    });
  }
  await takeExpected(a, 'ERROR 7 to client A', errorReply(7, 1));
}

async function dribble(context: CheckContext, peer: Peer, ms: number): Promise<void> {
  for (let passedMs = 0; passedMs < ms; passedMs += DRIBBLE_MS) {
    peer.write(Buffer.from('x'));
    await context.elapse(DRIBBLE_MS, 'A waits before its next byte');
  }
}

async function idleDelay(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(10);
  context.step(`send DELAY ${2 * IDLE_MS}; --idle-timeout-ms is ${IDLE_MS}`);
  peer.write(delay(1, 2 * IDLE_MS, payload));
  await advise(
    {
      cause: 'the connection was taken for idle, though something was scheduled on it',
      hint: 'when the idle time is over and a DELAY is outstanding, look again later',
    },
    () => takeExpected(peer, 'the reply to DELAY', { type: DELAY_REPLY, id: 1, payload }),
  );
  await advise(
    {
      cause: 'the idle time was looked at once, while the DELAY was outstanding, and never again',
      hint: "after each look that changes nothing, set the next one. Node: the callback of setTimeout() is called once; listen for 'timeout'",
    },
    () => takeExpected(peer, 'ERROR 6 after the reply', errorReply(6, 0)),
  );
}

async function idlePrompt(context: CheckContext): Promise<void> {
  if (await inTime((clockMs) => idleBefore(context, clockMs))) return;
  throw new CheckFailure({
    expected: `a connection that is idle for ${IDLE_MS} ms to be closed before a DELAY of ${LONGEST_CLOCK_MS} ms is answered`,
    actual: 'the DELAY was answered first, each time',
    cause: 'the idle time is looked at too seldom, or counted from another moment than the last byte',
    hint: 'wake up when the first connection is due: the time until then is the due time minus now',
  });
}

/** Whether an idle connection was closed before a DELAY on another one was answered. */
async function idleBefore(context: CheckContext, clockMs: number): Promise<boolean> {
  const server = await context.start({ 'idle-timeout-ms': IDLE_MS });
  await context.elapse(clockMs, 'a time since the start, taken for one from now on, has become as long');
  context.step(`client A sends DELAY ${clockMs}; client B says nothing; --idle-timeout-ms is ${IDLE_MS}`);
  const a = await context.connect(server);
  a.write(delay(1, clockMs));
  const b = await context.connect(server);
  return Promise.race([
    b.ending().then(() => true),
    takeFrame(a, `the reply to DELAY ${clockMs}`).then(() => false),
  ]);
}

async function idleStalled(context: CheckContext): Promise<void> {
  const { fds } = await context.usage();
  const count = moreThanBuffers(context);
  const peer = await context.connect(context.server, { paused: true });
  context.step(`send GENERATE ${count} and read nothing; --idle-timeout-ms is ${IDLE_MS}`);
  peer.write(generate(1, count));
  await context.consumed(peer);
  const advice = {
    cause: 'a client that does not read keeps its connection, or gets a FIN behind what it does not read',
    hint: 'idle means that no byte moves, however much waits. Then SO_LINGER {1, 0} and close(), in Node resetAndDestroy()',
  };
  await advise(advice, () =>
    context.until('the server to close the descriptor', async () => (await context.usage()).fds <= fds),
  );
  context.step('read');
  peer.resume();
  const ending = await peer.ending();
  if (ending === 'reset') return;
  throw new CheckFailure({ expected: 'RST', actual: 'FIN, after all that had been waiting', ...advice });
}
