/**
 * Checks that DELAYs are answered when they are due, and not long after: one after the other, and many at a time.
 *
 * That none comes too early, and their order, are judged in frame-delay.ts.
 */
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext } from './context.ts';
import { CLOCK_SECONDS, inTime, LONGEST_CLOCK_MS } from './delay-clock.ts';
import { expectLike } from './frame-replies.ts';
import { DELAY_REPLY, delay, NOTHING, takeFrame } from './frames.ts';

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['framed'] } as const;
const PROMPT_DELAYS = 20;
const MIXED_DELAYS = 60;
const SHORT_MS = 10;

export const delayDueChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.delay-prompt',
    title: 'answers a DELAY soon after it is due',
    rule: 'docs/protocol.md section 3',
    why: 'A timer that may come late by seconds makes every retry, every heartbeat and every timeout built on it late. A clock that is looked at now and then is enough for that, or a time since the start taken for one since now.',
    how: `A long DELAY, then ${PROMPT_DELAYS} of 1 ms, each sent when the one before was answered: all of them before the long one, which takes ${CLOCK_SECONDS} s. The longer ones are tried only when a shorter one came first, so that a slow machine fails nobody.`,
    run: delayPrompt,
  },
  {
    ...base,
    id: 'frame.delay-mixed',
    title: 'answers each of many outstanding DELAYs when it is due, in whatever order they came',
    rule: 'docs/protocol.md section 3',
    why: 'With two timers every queue looks sorted. With many, one that is sorted only in part keeps a short one behind a long one, and one client in a hundred waits for no reason.',
    how: `${MIXED_DELAYS} DELAYs in one write, half of them of 10 ms and half long, in a seeded random order: the short ones must come before the first long one, which takes ${CLOCK_SECONDS} s, the longer ones only when a shorter one came first.`,
    run: delayMixed,
  },
];

async function delayPrompt(context: CheckContext): Promise<void> {
  if (await inTime((clockMs) => promptBefore(context, clockMs))) return;
  throw new CheckFailure({
    expected: `${PROMPT_DELAYS} DELAYs of 1 ms, one after the other, to be answered within ${LONGEST_CLOCK_MS} ms`,
    actual: `the reply to DELAY ${LONGEST_CLOCK_MS} came before that`,
    cause: 'a DELAY is answered long after it is due',
    hint: 'wake up when the first DELAY is due: the time until then is the due time minus now. Node: setTimeout(). C: the timeout of epoll_wait()',
  });
}

/** Whether all DELAYs of 1 ms were answered, one after the other, before a long one. */
async function promptBefore(context: CheckContext, clockMs: number): Promise<boolean> {
  const peer = await context.connect();
  context.step(
    `send DELAY ${clockMs}, id 0, then ${PROMPT_DELAYS} of 1 ms, each after the reply to the last`,
  );
  peer.write(delay(0, clockMs));
  for (let id = 1; id <= PROMPT_DELAYS; id++) {
    peer.write(delay(id, 1));
    const what = `the reply to DELAY 1, ${id} of ${PROMPT_DELAYS}`;
    const got = await takeFrame(peer, what);
    if (got.id === 0) return false;
    expectLike(what, got, { type: DELAY_REPLY, id, payload: NOTHING });
  }
  return true;
}

async function delayMixed(context: CheckContext): Promise<void> {
  if (await inTime((clockMs) => shortBefore(context, clockMs))) return;
  throw new CheckFailure({
    expected: `${MIXED_DELAYS / 2} DELAYs of ${SHORT_MS} ms to be answered before others of ${LONGEST_CLOCK_MS} ms`,
    actual: 'one of the long ones was answered before all of the short ones were',
    cause: 'the queue of DELAYs is not always sorted by the time when they are due',
    hint: 'where an entry goes up in the heap, compare it with its parent, (i - 1) / 2; where it goes down, with the earlier one of its children',
  });
}

/** Whether all short DELAYs were answered before the first long one. */
async function shortBefore(context: CheckContext, clockMs: number): Promise<boolean> {
  const peer = await context.connect();
  const ids = Array.from({ length: MIXED_DELAYS }, (_, id) => id);
  const isShort = (id: number): boolean => id % 2 === 0;
  context.step(
    `send ${MIXED_DELAYS} DELAYs of ${SHORT_MS} ms (even ids) and of ${clockMs} ms (odd ids), mixed`,
  );
  peer.write(
    Buffer.concat(context.random.shuffle(ids).map((id) => delay(id, isShort(id) ? SHORT_MS : clockMs))),
  );
  for (let answered = 0; answered < MIXED_DELAYS / 2; answered++) {
    const got = await takeFrame(peer, `a reply to one of ${MIXED_DELAYS} DELAYs`);
    if (got.type === DELAY_REPLY && !isShort(got.id)) return false;
    expectLike('the reply to a DELAY', got, { type: DELAY_REPLY, id: got.id, payload: NOTHING });
  }
  return true;
}
