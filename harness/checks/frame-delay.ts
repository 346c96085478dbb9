/**
 * Checks of DELAY: never too early, in order among equals, past everything else, and bounded in number and bytes.
 *
 * Time is only ever a lower bound, read before the stimulus. All else is the order in which replies come.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { deliver } from './delivery.ts';
import {
  errorReply,
  expectNotBefore,
  moreThanBuffers,
  takeEcho,
  takeExpected,
  takeGenerated,
} from './frame-replies.ts';
import {
  DELAY_REPLY,
  delay,
  describeFrame,
  ECHO,
  frame,
  generate,
  MOST_DELAYS,
  takeFrame,
} from './frames.ts';

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['framed'] } as const;
const DELAY_MS = 300;
/** Longer than any check may take. */
const LONG_MS = 60_000;
/** Long enough that a server which answers in order is seen to be late, and never waited for otherwise. */
const OVERTAKEN_MS = 1000;
const EQUAL_DELAYS = 50;
const DUE_AT_ONCE = MOST_DELAYS + 100;
const PENDING_BYTES = 65_536;

export const delayChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.delay',
    title: 'answers DELAY with the bytes behind the milliseconds, and not before these have passed',
    rule: 'docs/protocol.md section 2.2',
    why: 'A timer that fires early is a retry that comes too soon or a lock that is dropped while it is held. Rounding down is enough for that.',
    how: `DELAYs of 0 and of ${DELAY_MS} ms; the clock is read before the request is sent, so that a slow harness can only measure too much.`,
    run: (context) => delays(context),
  },
  {
    ...base,
    id: 'frame.delay-clock',
    title: 'counts the time of a DELAY from its last byte',
    rule: 'docs/protocol.md section 2.2',
    why: 'A request exists when it is complete. A clock that starts at its first byte makes the delay depend on the network.',
    how: `The request is sent but for its last byte; that comes ${DELAY_MS} ms later, and the reply not before ${DELAY_MS} ms after it.`,
    run: delayClock,
  },
  {
    ...base,
    id: 'frame.delay-overtaken',
    title: 'answers other requests while a DELAY is outstanding',
    rule: 'docs/protocol.md section 3',
    why: 'One slow request at the head of the line must not hold up those behind it: that is what ids are for.',
    how: `A DELAY of ${OVERTAKEN_MS} ms and an ECHO arrive in one read; the reply to the ECHO must come first. A good server is never waited for.`,
    run: overtaken,
  },
  {
    ...base,
    id: 'frame.delay-order',
    title: 'answers DELAYs in the order in which they are due',
    rule: 'docs/protocol.md section 3',
    why: 'Timers are kept in an order of time, not of arrival: one that looks only at the oldest lets the short ones wait for the long one.',
    how: `A DELAY of ${OVERTAKEN_MS} ms and then one of 50 ms, in one read: the second must be answered first.`,
    run: delayOrder,
  },
  {
    ...base,
    id: 'frame.delay-equal',
    title: 'answers DELAYs with equal due times in the order of their requests',
    rule: 'docs/protocol.md section 2.2',
    why: 'A heap alone does not keep the order of equals. Events of one moment would be answered in an order that changes with their number.',
    how: `${EQUAL_DELAYS} DELAYs of the same time in one read; their replies must come in order.`,
    run: delayEqual,
  },
  {
    ...base,
    id: 'frame.delay-in-generate',
    title: 'answers a DELAY that is due between two frames of a long GENERATE',
    rule: 'docs/protocol.md section 3',
    flags: { 'max-pending-bytes': PENDING_BYTES },
    why: 'A download must not hold up the heartbeat on the same connection. Long replies are cut into frames so that something else fits between them.',
    how: 'A DELAY of 50 ms and a GENERATE that no buffer holds, to a client that reads later: the DELAY is due long before most of the stream exists, so its reply must come before END, and at the boundary of two frames.',
    run: delayInGenerate,
  },
  {
    ...base,
    id: 'frame.overloaded-count',
    title: 'refuses the 1,025th outstanding DELAY with ERROR 5, and goes on',
    rule: 'docs/protocol.md section 4',
    topic: 'resources',
    why: 'Each outstanding request costs memory and a timer, and costs the client twelve bytes. Without a limit one client can have millions.',
    how: `1,024 DELAYs of a minute and an ECHO: the reply to the ECHO comes next, so all were accepted. One more must be refused, and an ECHO after it answered. On another connection ${DUE_AT_ONCE} DELAYs of 0 ms arrive while the server is stopped (SIGSTOP): these are due at once, and none may be refused.`,
    run: overloadedCount,
  },
  {
    ...base,
    id: 'frame.overloaded-bytes',
    title:
      'refuses a DELAY whose payload would not fit into --max-pending-bytes, and takes others when there is room',
    rule: 'docs/protocol.md section 4',
    topic: 'resources',
    flags: { 'max-pending-bytes': PENDING_BYTES },
    why: 'What is held for later is memory that the client chooses the size of. A limit on the number alone lets 1,024 large ones through.',
    how: '48 KiB held of 64: 16 KiB and a byte more are refused, 16 KiB are taken. On another connection 48 KiB twice, one after the other: what was answered must not count any longer.',
    run: overloadedBytes,
  },
];

async function delays(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  for (const ms of [0, DELAY_MS]) {
    const payload = context.random.digits(20);
    context.step(`send DELAY ${ms} with 20 bytes`);
    const since = performance.now();
    peer.write(delay(1, ms, payload));
    await advise(
      {
        cause:
          'the reply is not the bytes behind the four of the time, or the time was taken in another unit',
        hint: 'a u32 of milliseconds in network byte order, then the payload; a timer must not round down',
        whenSilent: {
          cause: 'nothing wakes the server when the DELAY is due: it waits for the next bytes',
          hint: 'Node: setTimeout(). C: the time until the next DELAY is the timeout of poll() or epoll_wait()',
        },
      },
      () => takeExpected(peer, `the reply to DELAY ${ms}`, { type: DELAY_REPLY, id: 1, payload }),
    );
    expectNotBefore(`the reply to DELAY ${ms}`, since, ms);
  }
}

async function delayClock(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(20);
  const request = delay(1, DELAY_MS, payload);
  context.step(`send DELAY ${DELAY_MS} without its last byte`);
  peer.write(request.subarray(0, -1));
  await context.elapse(DELAY_MS, 'the request is not complete, and its clock must not run');
  const since = performance.now();
  context.step('send the last byte');
  peer.write(request.subarray(-1));
  await takeExpected(peer, 'the reply to DELAY', { type: DELAY_REPLY, id: 1, payload });
  await advise(
    {
      cause: 'the time ran from the first byte of the request',
      hint: 'take the time when the frame is complete',
    },
    async () => expectNotBefore('the reply', since, DELAY_MS),
  );
}

/** Sends requests so that the server finds them in one read. */
async function sendAtOnce(context: CheckContext, peer: Peer, requests: readonly Buffer[]): Promise<void> {
  await context.freeze();
  peer.write(Buffer.concat(requests));
  await peer.flushed();
  context.thaw();
}

async function overtaken(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(10);
  context.step(`send DELAY ${OVERTAKEN_MS}, id 1, and ECHO, id 2, in one piece`);
  await sendAtOnce(context, peer, [delay(1, OVERTAKEN_MS), frame(ECHO, 2, payload)]);
  await advise(
    {
      cause: 'everything behind the DELAY waited for it',
      hint: 'put the reply aside with its due time, and go on with the next frame at once; never sleep, never await it in the loop that reads',
    },
    () => takeEcho(peer, 2, payload),
  );
}

async function delayOrder(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  context.step(`send DELAY ${OVERTAKEN_MS}, id 1, and DELAY 50, id 2, in one piece`);
  await sendAtOnce(context, peer, [delay(1, OVERTAKEN_MS), delay(2, 50)]);
  await advise(
    {
      cause: 'DELAYs are answered in the order in which they came',
      hint: 'keep them sorted by the time when they are due (a heap), and wake up for the first of these',
    },
    () => takeExpected(peer, 'the reply to DELAY 50', { type: DELAY_REPLY, id: 2, payload: Buffer.alloc(0) }),
  );
}

async function delayEqual(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payloads = Array.from({ length: EQUAL_DELAYS }, () => context.random.digits(6));
  context.step(`send ${EQUAL_DELAYS} DELAYs of 50 ms in one piece`);
  await sendAtOnce(
    context,
    peer,
    payloads.map((payload, id) => delay(id, 50, payload)),
  );
  await advise(
    {
      cause: 'DELAYs that are due together were answered in another order than they came',
      hint: 'compare the due time, and where it is equal a number that counts the requests',
    },
    async () => {
      for (const [id, payload] of payloads.entries())
        await takeExpected(peer, `reply ${id + 1} of ${EQUAL_DELAYS}`, { type: DELAY_REPLY, id, payload });
    },
  );
}

async function delayInGenerate(context: CheckContext): Promise<void> {
  const peer = await context.connect(context.server, { paused: true });
  const payload = context.random.digits(5000);
  const count = moreThanBuffers(context);
  context.step(`without reading send DELAY 50 (id 1) and GENERATE ${count} (id 2)`);
  peer.write(Buffer.concat([delay(1, 50, payload), generate(2, count)]));
  await context.settled(peer);
  await context.elapse(60, 'the DELAY is due, and most of the stream does not exist yet');
  await context.asleep();
  context.step('read everything');
  peer.resume();
  let answers = 0;
  await advise(DELAY_IN_GENERATE_ADVICE, () =>
    takeGenerated(peer, {
      id: 2,
      count,
      other: (got) => {
        answers++;
        return got.type === DELAY_REPLY && got.id === 1 && got.payload.equals(payload);
      },
    }),
  );
  if (answers === 1) return;
  throw new CheckFailure({
    expected: 'the reply to the DELAY before the END of the GENERATE',
    actual: `END came first, ${count} bytes later`,
    ...DELAY_IN_GENERATE_ADVICE,
  });
}

const DELAY_IN_GENERATE_ADVICE = {
  cause: 'the reply to the DELAY waited for the whole GENERATE, or was put into the middle of a frame',
  hint: 'a DELAY that is due takes the next boundary of two frames: it does not queue with the replies that keep their order',
};

async function overloadedCount(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(10);
  context.step(`send ${MOST_DELAYS} DELAYs of ${LONG_MS} ms and an ECHO`);
  peer.write(Buffer.concat(Array.from({ length: MOST_DELAYS }, (_, id) => delay(id, LONG_MS))));
  peer.write(frame(ECHO, 5000, payload));
  const advice = {
    cause: 'the number of outstanding DELAYs is not limited, or the limit is another one',
    hint: '1,024 may be outstanding on a connection; the next one is answered with ERROR 5, and the connection goes on',
  };
  await advise(advice, () => takeEcho(peer, 5000, payload));
  context.step('send one more DELAY, id 6000, and an ECHO');
  await deliver(context, peer, Buffer.concat([delay(6000, LONG_MS), frame(ECHO, 6001, payload)]));
  await advise(advice, async () => {
    await takeExpected(peer, 'the reply to DELAY 1,025', errorReply(5, 6000));
    await takeEcho(peer, 6001, payload);
  });
  await dueAtOnce(context);
}

async function dueAtOnce(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  context.step(`stop the server (SIGSTOP), send ${DUE_AT_ONCE} DELAYs of 0 ms, and let it go on`);
  await context.freeze();
  peer.write(Buffer.concat(Array.from({ length: DUE_AT_ONCE }, (_, id) => delay(id, 0))));
  await peer.flushed();
  context.thaw();
  for (let taken = 0; taken < DUE_AT_ONCE; taken++) {
    const got = await takeFrame(peer, `the reply to DELAY 0, ${taken + 1} of ${DUE_AT_ONCE}`);
    if (got.type === DELAY_REPLY) continue;
    throw new CheckFailure({
      expected: `the reply to DELAY 0, ${taken + 1} of ${DUE_AT_ONCE}`,
      actual: describeFrame(got),
      cause: 'DELAYs that are due were counted as outstanding',
      hint: 'before one is refused, send those that are due',
    });
  }
}

async function overloadedBytes(context: CheckContext): Promise<void> {
  const KIB = 1024;
  const advice = {
    cause: 'the payloads of outstanding DELAYs are not limited together, or are counted wrongly',
    hint: 'add up the bytes that come back, without header and milliseconds; refuse what would pass --max-pending-bytes, not what fills it; subtract what was answered',
  };
  const peer = await context.connect();
  const echo = context.random.digits(10);
  const room = PENDING_BYTES - 48 * KIB;
  const fitting = context.random.digits(room);
  context.step(
    `DELAY of ${LONG_MS} ms with 48 KiB (id 1); of 1 ms with ${room + 1} bytes (id 2) and ${room} (id 3)`,
  );
  const held = delay(1, LONG_MS, context.random.digits(48 * KIB));
  peer.write(Buffer.concat([held, delay(2, 1, context.random.digits(room + 1)), delay(3, 1, fitting)]));
  await advise(advice, async () => {
    await takeExpected(peer, 'the reply to the DELAY that is one byte too large', errorReply(5, 2));
    const reply = { type: DELAY_REPLY, id: 3, payload: fitting };
    await takeExpected(peer, 'the reply to the DELAY that fits exactly', reply);
  });
  context.step('ECHO (id 4)');
  peer.write(frame(ECHO, 4, echo));
  await advise(advice, () => takeEcho(peer, 4, echo));
  const other = await context.connect();
  context.step(
    'another connection: DELAY of 1 ms with 48 KiB, twice, the second when the first was answered',
  );
  for (const id of [1, 2]) {
    const payload = context.random.digits(48 * KIB);
    other.write(delay(id, 1, payload));
    await advise(advice, () =>
      takeExpected(other, `the reply to DELAY ${id} of 2`, { type: DELAY_REPLY, id, payload }),
    );
  }
}
