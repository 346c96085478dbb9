/**
 * Checks of the time that one frame may take, from its first byte to its last.
 *
 * Only lower bounds are measured, from before the stimulus. That the limit exists is seen by its ERROR, and which of two comes first.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer, Server } from './context.ts';
import { deliverCut } from './delivery.ts';
import { errorReply, expectNotBefore, moreThanBuffers, takeEcho, takeExpected } from './frame-replies.ts';
import { ECHO, frame, header, NOTHING } from './frames.ts';
import { consumedWithin, TooSlow, unlessTooSlow, withGrowingLimit } from './growing-limit.ts';

const base = { level: 'must', tier: 'quick', topic: 'resources', suites: ['framed'] } as const;
const FRAME_MS = 300;
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
];

async function timeout(context: CheckContext): Promise<void> {
  const limited = { flag: 'frame-timeout-ms', firstMs: FRAME_MS };
  await withGrowingLimit(context, limited, async (server, limitMs) => {
    await Promise.all([
      expectFrameTimeout(context, server, limitMs, { sent: 5, id: 0 }),
      expectFrameTimeout(context, server, limitMs, { sent: 11, id: 0x1234 }),
    ]);
    await context.stillServes(server);
  });
}

/** So many bytes of a frame and no more must be answered with ERROR 7 and FIN, when the time is over. */
async function expectFrameTimeout(
  context: CheckContext,
  server: Server,
  limitMs: number,
  { sent, id }: { sent: number; id: number },
): Promise<void> {
  const since = performance.now();
  const peer = await context.connect(server);
  context.step(`send ${sent} bytes of an ECHO of 100 bytes, id 0x1234, and no more`);
  const bytes = Buffer.concat([header(100, ECHO, 0x1234), Buffer.from('abc')]);
  await deliverCut(context, peer, bytes.subarray(0, sent), [2]);
  // The clock runs from the first piece on, and ERROR 7 has the id only if the second came in time.
  await consumedWithin(context, peer, since, limitMs / 2);
  await advise(
    {
      cause: 'no clock runs for a frame that has begun, or the ERROR names another frame',
      hint: 'start it with the first byte; at its end ERROR 7, with the id if the header is complete and 0 if not',
    },
    async () => {
      await takeExpected(peer, `ERROR 7 after ${sent} bytes of a frame`, errorReply(7, id));
      expectNotBefore('ERROR 7', since, limitMs);
      expectBytes('nothing but FIN', await peer.takeUntilEnd('FIN'), NOTHING);
    },
  );
  peer.end();
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
    await consumedWithin(context, peer, startedAt, 0.8 * limitMs);
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
