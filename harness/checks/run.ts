/**
 * The executor: runs checks against one server, a few at a time, in an order that the seed decides.
 *
 * Command line, Vitest and arena all call it, and none of them knows how a check works inside. What a check
 * throws other than a verdict is trouble of the harness and leaves here as HarnessTrouble.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Excess } from '../excess.ts';
import { inParallel } from '../in-parallel.ts';
import { findProgram } from '../path-search.ts';
import { DEADLINE_MS, type Exit, ServerFault } from '../process.ts';
import { type Check, CheckFailure, type FailureFacts, Noted, NotJudged } from './check.ts';
import type { ServerEnd } from './context.ts';
import { lastWords } from './last-words.ts';
import { LiveContext, type RunSettings } from './live-context.ts';
import { seededRandom } from './random.ts';
import type { CheckResult, Failure } from './result.ts';
import { endedWithItsCheck } from './waits.ts';

export interface Run extends Omit<RunSettings, 'inArena' | 'withoutDeadline'> {
  checks: readonly Check[];
  withoutDeadline?: boolean;
  /** How long a check waits for something to happen; default: `DEADLINE_MS` of process.ts. */
  deadlineMs?: number;
  /** Ids of checks without which the others mean nothing, beside those that always are: see `FIRST`. */
  first?: readonly string[];
  onResult?: (result: CheckResult) => void;
  /** Once it is aborted no further check is begun; in an arena those under way end at once, without a result. */
  signal?: AbortSignal;
}

/** A run in its place. */
export interface PlacedRun extends Run {
  /** Why this is not the arena; undefined inside of it. */
  whyNoArena: string | undefined;
}

/** A fault of the harness or of this machine, never of a server. */
export class HarnessTrouble extends Error {
  override readonly name = 'HarnessTrouble';
}

/**
 * These come first, one after the other: a server that does not become ready, or cannot be reached
 * when it says so, would fail all others for one reason.
 */
const FIRST: readonly string[] = ['ready.line', 'ready.truth'];
const CONCURRENT_CHECKS = 4;
/** A server that is always just about to answer does not hold a check for longer than this many deadlines. */
const MOST_DEADLINES = 6;
/** Time for a check to turn the deadline into a failure of its own. */
const LAST_WORD_MS = 1000;

/**
 * Runs the checks and resolves with their results in the order in which they ended.
 * @throws {HarnessTrouble} for anything that is not a verdict
 */
export async function runChecks(run: PlacedRun): Promise<CheckResult[]> {
  process.on('unhandledRejection', passOverAbandonedWait);
  try {
    return await runInOrder(run);
  } finally {
    process.off('unhandledRejection', passOverAbandonedWait);
  }
}

/** Anything else that was rejected behind a check's back is a fault of that check. */
function passOverAbandonedWait(reason: unknown): void {
  if (!endedWithItsCheck(reason)) throw reason;
}

async function runInOrder(run: PlacedRun): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const ends: ServerEnd[] = [];
  const record = (result: CheckResult): void => {
    results.push(result);
    run.onResult?.(result);
  };
  const one = async (check: Check): Promise<void> => {
    if (!run.signal?.aborted) record(await runOne(check, run, ends));
  };

  const comesFirst = ({ id }: Check): boolean => FIRST.includes(id) || (run.first ?? []).includes(id);
  const first = run.checks.filter(comesFirst);
  const others = seededRandom(run.seed).shuffle(run.checks.filter((check) => !comesFirst(check)));
  for (const check of first) {
    await one(check);
    if (results.at(-1)?.verdict !== 'fail') continue;
    const unjudged = run.checks.filter(({ id }) => !results.some((result) => result.id === id));
    for (const other of unjudged) record(notJudged(other, run, `${check.id} failed`));
    return results;
  }
  const atTeardown = others.filter((check) => check.atTeardown);
  const alone = others.filter((check) => check.exclusive && !check.atTeardown);
  const together = others.filter((check) => !check.exclusive && !check.atTeardown);
  await inParallel(together, CONCURRENT_CHECKS, one);
  for (const check of alone) await one(check);
  if (run.signal?.aborted) return results;
  for (const check of atTeardown) record(await runTeardownCheck(check, run, ends));
  return results;
}

/** Judges the servers of all other checks; where there were none, the check runs one of its own. */
async function runTeardownCheck(check: Check, run: PlacedRun, ends: ServerEnd[]): Promise<CheckResult> {
  const result = ends.length === 0 ? await runOne(check, run, ends) : pass(check, run, 0);
  if (result.verdict !== 'pass') return result;
  for (const end of ends) {
    try {
      check.atTeardown?.(end);
    } catch (error) {
      const steps = [`start the server for ${end.checkId}, run that check, and stop the server`];
      return fail(check, run, { facts: factsOf(check, error), steps, stderr: lastWords(end.stderr) }, 0);
    }
  }
  return result;
}

async function runOne(check: Check, run: PlacedRun, ends: ServerEnd[]): Promise<CheckResult> {
  const missing = missingNeed(check, run);
  if (missing) return notJudged(check, run, missing);
  const startedAt = performance.now();
  const context = new LiveContext(check, {
    ...run,
    inArena: run.whyNoArena === undefined,
    withoutDeadline: run.withoutDeadline ?? false,
  });
  const error = await errorOf(check, context, run);
  // A server that fails a check may use more and more while it is being stopped: then it is the check that knows why.
  const isJudged = error instanceof CheckFailure && !context.hasExcess();
  const stopped = await context.tearDown();
  ends.push(...stopped);
  const durationMs = Math.round(performance.now() - startedAt);
  const seen = { steps: context.steps, stderr: lastWords(context.stderrTail()) };
  const excess = isJudged ? undefined : stopped.find((end) => end.excess)?.excess;
  // Whatever the check saw, it saw of a server that the harness has ended.
  if (excess) return fail(check, run, { facts: factsOfExcess(excess), ...seen }, durationMs);
  if (error === undefined) return pass(check, run, durationMs);
  if (error instanceof NotJudged) return notJudged(check, run, error.message);
  if (error instanceof Noted)
    return { ...pass(check, run, durationMs), note: { facts: error.facts, ...seen } };
  const crash = stopped
    .map(({ exit, killed }) => (killed ? undefined : crashOf(exit, seen.stderr)))
    .find((exit) => exit);
  const facts = { ...(crash ? ADVICE_ON_CRASH : {}), ...factsOf(check, error) };
  return fail(check, run, { facts, ...seen, ...(crash ? { crash } : {}) }, durationMs);
}

/** What the check threw; undefined when it passed. */
async function errorOf(check: Check, context: LiveContext, run: PlacedRun): Promise<unknown> {
  const deadlineMs = (run.deadlineMs ?? DEADLINE_MS) * (check.deadlineFactor ?? 1);
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    if (run.withoutDeadline) return;
    const lastRestart = performance.now() + deadlineMs * MOST_DEADLINES;
    const expire = (): void => {
      const failure = context.waits.expire(deadlineMs);
      // The wait that has just failed tells the check, which may add advice. One that waits for nothing by
      // name gets no say.
      timer = setTimeout(() => reject(failure), LAST_WORD_MS);
    };
    // It counts from the last thing that happened, so that a busy machine fails nobody.
    const restart = (): void => {
      if (performance.now() > lastRestart) return;
      clearTimeout(timer);
      timer = setTimeout(expire, deadlineMs);
    };
    context.waits.onProgress = restart;
    restart();
  });
  const body = context.prepare().then(() => check.run(context));
  try {
    await Promise.race([body, deadline]);
    return undefined;
  } catch (error) {
    // The body may still fail at a wait that the teardown ends; its verdict has been given.
    body.catch(() => {});
    return error;
  } finally {
    context.waits.onProgress = () => {};
    clearTimeout(timer);
  }
}

function missingNeed(check: Check, run: PlacedRun): string | undefined {
  const needs = check.needs ?? [];
  if (needs.includes('arena') && run.whyNoArena !== undefined) return `no arena: ${run.whyNoArena}`;
  if (needs.includes('native') && !existsSync(ADDON)) return 'the addon is not built (make addon)';
  if (needs.includes('prlimit') && !findProgram('prlimit')) return 'prlimit was not found (util-linux)';
  return undefined;
}

const ADDON = join(import.meta.dirname, '..', 'native', 'build', 'Release', 'engine.node');

function factsOf(check: Check, error: unknown): FailureFacts {
  if (error instanceof CheckFailure) return error.facts;
  if (error instanceof ServerFault)
    return { expected: 'a server that becomes ready', actual: error.seen, hint: error.hint };
  const detail = error instanceof Error ? error.stack : String(error);
  throw new HarnessTrouble(`the check ${check.id} itself went wrong: ${detail}`, { cause: error });
}

function factsOfExcess({ seen, cause, hint }: Excess): FailureFacts {
  return { expected: 'a server that keeps within bounds while it is checked', actual: seen, cause, hint };
}

/** For a check that has no better one. */
const ADVICE_ON_CRASH = {
  cause: 'the server ended in the middle of it',
  hint: 'what it wrote to stderr: the first line there that names a file of yours',
};

/** Lines of Node's report of an error that nobody caught; its exit code is 1 then. */
const UNCAUGHT_IN_NODE = /^ {4}at |^Node\.js v\d/m;

/** An end by a signal that nobody sent, by a code that the contract uses for nothing but trouble, or by an error that nobody caught. */
function crashOf(exit: Exit, stderr: string): Exit | undefined {
  const owesAtStop = exit.code === 1 && !UNCAUGHT_IN_NODE.test(stderr);
  const orderly = exit.code === 0 || owesAtStop || exit.signal === 'SIGTERM' || exit.signal === 'SIGINT';
  return orderly ? undefined : exit;
}

function base(check: Check, run: PlacedRun, durationMs: number): Omit<CheckResult, 'verdict'> {
  const { id, title, rule, level } = check;
  return { id, title, rule, level, server: run.spec.name, durationMs };
}

function pass(check: Check, run: PlacedRun, durationMs: number): CheckResult {
  return { ...base(check, run, durationMs), verdict: 'pass' };
}

function fail(check: Check, run: PlacedRun, failure: Failure, durationMs: number): CheckResult {
  return { ...base(check, run, durationMs), verdict: 'fail', failure };
}

function notJudged(check: Check, run: PlacedRun, why: string): CheckResult {
  return { ...base(check, run, 0), verdict: 'not judged', why };
}
