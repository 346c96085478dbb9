/**
 * What a check is: data, and one function. Types and the errors by which a check ends other than by
 * plainly passing.
 *
 * Knows no suite and no socket. context.ts says what a check gets; run.ts runs it.
 */
import type { Flags } from '../process.ts';
import type { Suite } from '../servers.ts';
import type { CheckContext, ServerEnd } from './context.ts';

export type { Suite } from '../servers.ts';

/** `must` is demanded, `should` is what a good server does besides, `info` is told and graded by nobody. */
export type Level = 'must' | 'should' | 'info';

export const LEVELS: readonly Level[] = ['must', 'should', 'info'];

/** `scaled` runs in both tiers, ten times smaller in quick (see `CheckContext.scaled`). */
export type Tier = 'quick' | 'full' | 'scaled';

/**
 * What this machine must offer before a check can be judged: `arena` a private network namespace with small
 * buffers and counters of its own; `native` the addon; `prlimit` the program of util-linux.
 */
type Need = 'arena' | 'native' | 'prlimit';

export interface Check {
  /** Stable, `topic.what`: `tcp.half-close`. */
  id: string;
  /**
   * What a good server does, in the present tense: `answers what is owed after the peer's FIN, then sends
   * FIN`.
   */
  title: string;
  /** Where it is written: `docs/contract.md section 5`, `docs/protocol.md section 4`, `RFC 862`. */
  rule: string;
  level: Level;
  tier: Tier;
  /**
   * What the check teaches, one of the topics: `tcp`, `udp`, `framing`, `backpressure`, `shutdown`, `process`
   * ...
   */
  topic: string;
  /** The protocols that it applies to. */
  suites: readonly Suite[];
  /** Flags with which `context.server` is started. */
  flags?: Flags | ((suite: Suite) => Flags);
  /** False: the check starts its servers itself, and `context.server` must not be used. */
  startsServer?: false;
  needs?: readonly Need[];
  /** Runs alone: it measures CPU or wake-ups, or reads the counters that all servers of an arena share. */
  exclusive?: boolean;
  /** Multiplies the deadline (10 s) of a check that starts many servers or moves much data. */
  deadlineFactor?: number;
  /** Why it matters in production: what goes wrong, and for whom, when the rule is broken. A few sentences. */
  why: string;
  /** How it is checked, and what a reader should know about it beyond the title. A few sentences. */
  how: string;
  /**
   * Returns (pass), or throws Noted (pass, with a note), CheckFailure (fail) or NotJudged. Anything else thrown is trouble of the
   * harness.
   */
  run(context: CheckContext): Promise<void>;
  /**
   * Judges the end of every server of the whole run, not only those of this check: called once for each,
   * after it was stopped; throws CheckFailure.
   */
  atTeardown?(end: ServerEnd): void;
}

/** Two byte strings around their first difference; offsets count from the start of the whole strings. */
export interface ByteDifference {
  /** Offset of the first wrong, missing or surplus byte. */
  offset: number;
  /** Offset of the first byte of both windows. */
  windowOffset: number;
  expected: Uint8Array;
  actual: Uint8Array;
  expectedLength: number;
  actualLength: number;
}

export interface FailureFacts {
  /** What should have come: `11 bytes: the reply to ECHO`. */
  expected: string;
  /** What came instead: `the server closed the connection (FIN) after 3 bytes`. */
  actual: string;
  bytes?: ByteDifference;
  /** The likely cause in plain words: `your server closed its half as soon as it read EOF`. */
  cause?: string;
  /** First thing to look at: `is allowHalfOpen set?`. */
  hint?: string;
}

/** The server broke the rule. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
  readonly facts: FailureFacts;

  constructor(facts: FailureFacts) {
    super(`expected ${facts.expected}, got ${facts.actual}`);
    this.facts = facts;
  }
}

/**
 * The server does what nobody forbids and a stricter reading would not do: the check passes, and a report says
 * so. For checks of level info.
 */
export class Noted extends Error {
  override readonly name = 'Noted';
  readonly facts: FailureFacts;

  constructor(facts: FailureFacts) {
    super(`noted: ${facts.actual}`);
    this.facts = facts;
  }
}

/**
 * This machine cannot judge the check, or a state that the check needs could not be proved: `why` in a few
 * words.
 */
export class NotJudged extends Error {
  override readonly name = 'NotJudged';

  constructor(why: string) {
    super(why);
  }
}

/** Bytes shown before and after the first difference. */
const WINDOW_BEFORE = 8;
const WINDOW_AFTER = 8;

/** The first difference of two byte strings; undefined when they are equal. */
export function firstDifference(expected: Uint8Array, actual: Uint8Array): ByteDifference | undefined {
  const shorter = Math.min(expected.length, actual.length);
  let offset = 0;
  while (offset < shorter && expected[offset] === actual[offset]) offset++;
  if (offset === shorter && expected.length === actual.length) return undefined;
  const windowOffset = Math.max(0, offset - WINDOW_BEFORE);
  const windowEnd = offset + WINDOW_AFTER;
  return {
    offset,
    windowOffset,
    // Copies: a window must not keep megabytes alive, nor travel with them to another process.
    expected: expected.slice(windowOffset, windowEnd),
    actual: actual.slice(windowOffset, windowEnd),
    expectedLength: expected.length,
    actualLength: actual.length,
  };
}

/** Fails unless the bytes are equal; `what` names them: `the reply to ECHO`. */
export function expectBytes(
  what: string,
  actual: Uint8Array,
  expected: Uint8Array,
  advice: Pick<FailureFacts, 'cause' | 'hint'> = {},
): void {
  const bytes = firstDifference(expected, actual);
  if (!bytes) return;
  throw new CheckFailure({
    expected: `${what}, ${expected.length} bytes`,
    actual: `${actual.length} bytes, the first difference at offset ${bytes.offset}`,
    bytes,
    ...advice,
  });
}
