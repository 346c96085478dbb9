/**
 * Checks of a framed connection that is idle: when it counts as such, and how it ends.
 *
 * Only lower bounds are measured, from before the stimulus. The rules that tcp-echo has too are checked in abuse.ts and beside it.
 */
import { type Advice, advise } from './advice.ts';
import { isBackAt } from './back-at.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Server } from './context.ts';
import { CLOCK_SECONDS, inTime, LONGEST_CLOCK_MS } from './delay-clock.ts';
import { errorReply, expectNotBefore, moreThanBuffers, takeExpected } from './frame-replies.ts';
import { DELAY_REPLY, delay, generate, takeFrame } from './frames.ts';
import { consumedWithin, withGrowingLimit } from './growing-limit.ts';

const base = { level: 'must', tier: 'quick', topic: 'resources', suites: ['framed'] } as const;
const IDLE_MS = 250;
const PENDING_BYTES = 65_536;
/** Node gives a write that is under way the idle time twice: a server made with it first looks after that. */
const STALLED_DELAY_LIMITS = 4;
/** A client whose request is read later than this may be idle already. */
const IDLE_LIMIT = { flag: 'idle-timeout-ms', firstMs: IDLE_MS } as const;
const STALLED_LIMIT = { ...IDLE_LIMIT, flags: { 'max-pending-bytes': PENDING_BYTES } } as const;

export const frameIdleChecks: readonly Check[] = [
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
    how: 'A GENERATE that no buffer holds and a client that reads nothing; when the server has closed its descriptor, which is not before --idle-timeout-ms, the client must see RST and no FIN.',
    run: idleStalled,
  },
  {
    ...base,
    id: 'frame.idle-stalled-delay',
    title: 'resets an idle connection whose client does not read also when a DELAY was outstanding',
    rule: 'docs/contract.md section 6',
    flags: { 'idle-timeout-ms': IDLE_MS, 'max-pending-bytes': PENDING_BYTES },
    why: 'Each of two rules is kept, and their sum is not: the DELAY keeps the connection from being idle, and its reply, which should begin the idle time anew, never leaves. What is looked at once too seldom is kept for ever.',
    how: 'As in frame.idle-stalled, with a DELAY before the GENERATE that is longer than --idle-timeout-ms. The descriptor must be closed with RST, and not before the DELAY is over.',
    run: idleStalledDelay,
  },
];

async function idleDelay(context: CheckContext): Promise<void> {
  await withGrowingLimit(context, IDLE_LIMIT, async (server, limitMs) => {
    const since = performance.now();
    const peer = await context.connect(server);
    const payload = context.random.digits(10);
    context.step(`send DELAY ${2 * limitMs}; --idle-timeout-ms is ${limitMs}`);
    peer.write(delay(1, 2 * limitMs, payload));
    await consumedWithin(context, peer, since, limitMs / 2);
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
  });
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
  const since = performance.now();
  const a = await context.connect(server);
  a.write(delay(1, clockMs));
  await context.consumed(a);
  // A itself may have been idle for too long before it was read: that says nothing.
  if (performance.now() - since > IDLE_MS / 2) return false;
  const b = await context.connect(server);
  return Promise.race([
    b.ending().then(() => true),
    takeFrame(a, `the reply to DELAY ${clockMs}`).then(() => false),
  ]);
}

async function idleStalled(context: CheckContext): Promise<void> {
  const count = moreThanBuffers(context);
  await withGrowingLimit(context, STALLED_LIMIT, async (server, limitMs) => {
    context.step(`a client sends GENERATE ${count} and reads nothing; --idle-timeout-ms is ${limitMs}`);
    await expectReset(
      context,
      server,
      generate(1, count),
      { limitMs, soonestMs: limitMs },
      {
        cause: 'a client that does not read keeps its connection, or gets a FIN behind what it does not read',
        hint: 'idle means that no byte moves, however much waits. Then SO_LINGER {1, 0} and close(), in Node resetAndDestroy()',
      },
    );
  });
}

async function idleStalledDelay(context: CheckContext): Promise<void> {
  const count = moreThanBuffers(context);
  await withGrowingLimit(context, STALLED_LIMIT, async (server, limitMs) => {
    const ms = STALLED_DELAY_LIMITS * limitMs;
    context.step(
      `a client sends DELAY ${ms} and GENERATE ${count} and reads nothing; --idle-timeout-ms is ${limitMs}`,
    );
    const requests = Buffer.concat([delay(1, ms), generate(2, count)]);
    await expectReset(
      context,
      server,
      requests,
      { limitMs, soonestMs: ms },
      {
        cause:
          'the idle time was over while the DELAY was outstanding, and nobody looked again: its reply moved no byte',
        hint: 'after a look that finds a DELAY, set the next one; its reply may wait like all else',
      },
    );
  });
}

/** A client that sends `requests` and reads no reply must be reset, and not before `soonestMs`. */
async function expectReset(
  context: CheckContext,
  server: Server,
  requests: Uint8Array,
  { limitMs, soonestMs }: { limitMs: number; soonestMs: number },
  advice: Advice,
): Promise<void> {
  const { fds } = await context.usage(server);
  const since = performance.now();
  const peer = await context.connect(server, { paused: true });
  peer.write(requests);
  await consumedWithin(context, peer, since, limitMs / 2);
  await advise(advice, () =>
    context.until('the server to close the descriptor', isBackAt(context, fds, server)),
  );
  expectNotBefore('the end of the connection', since, soonestMs);
  context.step('read');
  peer.resume();
  const ending = await peer.ending();
  if (ending === 'reset') return;
  throw new CheckFailure({ expected: 'RST', actual: 'FIN, after all that had been waiting', ...advice });
}
