/**
 * Runs what an exercise demands against a server that was built: the checks of all exercises of its suite up to this one.
 *
 * The executor draws the order in which checks run; the order in which they are told is that of the exercises, so that what
 * was learnt first is repaired first.
 */
import { type ArenaReserve, arenaMode, runInArena } from '../arena.ts';
import type { Check } from '../checks/check.ts';
import type { CheckResult } from '../checks/result.ts';
import { DEADLINE_MS } from '../process.ts';
import type { RunFacts } from '../report/fields.ts';
import type { ServerSpec } from '../servers.ts';
import { withCrashPlace } from './crash-place.ts';

/**
 * A stub that never answers lets check after check wait until its deadline, so a learner's is shorter: on loopback an answer comes
 * within milliseconds, and a run is soon repeated.
 */
export const LEARNER_DEADLINE_MS = DEADLINE_MS * 0.4;

/**
 * For a run at each save: where nothing else keeps the machine busy, silence is told sooner.
 * @param load of the last minute, for each core: 1 is all that they can do
 */
export function savedDeadlineMs(load: number): number {
  return load <= 1 ? DEADLINE_MS * 0.15 : LEARNER_DEADLINE_MS;
}

export interface CumulativeRun extends RunFacts {
  spec: ServerSpec;
  /** In the order in which they are taught: `cumulativeChecks`. */
  checks: readonly Check[];
  /** How long a check waits for something to happen; default: `DEADLINE_MS` of process.ts. */
  deadlineMs?: number;
  /** Ends the run; what has not ended by then has no result. */
  signal?: AbortSignal | undefined;
  /** Where an arena may stand open already. */
  reserve?: ArenaReserve;
  /** End the run as soon as the first failure is known. */
  stopAtFirst?: boolean;
  onResult?: (result: CheckResult) => void;
  /** Told as soon as no earlier check can fail any more: often long before the run ends. */
  onFirstFailure?: (result: CheckResult) => void;
}

export interface Outcome {
  /** In the order of the checks; incomplete when the run was ended early. */
  results: CheckResult[];
  /** The first failure in that order. */
  firstFailure?: CheckResult;
  /** Every check has a result, at least one passed and none failed. What could not be judged here fails nobody. */
  passed: boolean;
  whyNoArena?: string;
  durationMs: number;
}

/** @throws {HarnessTrouble} for anything that is not a verdict */
export async function runCumulative(run: CumulativeRun): Promise<Outcome> {
  const startedAt = performance.now();
  const { spec, checks, seed, tier, deadlineMs, signal, onResult } = run;
  const enough = new AbortController();
  const results = new Map<string, CheckResult>();
  let first: CheckResult | undefined;
  const record = (told: CheckResult): void => {
    const result = withCrashPlace(told);
    results.set(result.id, result);
    onResult?.(result);
    if (first) return;
    first = settledFailure(checks, results);
    if (!first) return;
    run.onFirstFailure?.(first);
    if (run.stopAtFirst) enough.abort();
  };
  const ended = AbortSignal.any([enough.signal, ...(signal ? [signal] : [])]);
  const { whyNoArena } = await runInArena(
    {
      ...{ spec, checks, seed, tier, signal: ended, onResult: record },
      // That it starts and, always, the echo: where that does not come, each of the others would wait for it until its deadline.
      first: checks.slice(0, 2).map(({ id }) => id),
      ...(deadlineMs ? { deadlineMs } : {}),
    },
    arenaMode(),
    run.reserve,
  );
  const told = inOrder(checks, results);
  return {
    results: told,
    ...(first ? { firstFailure: first } : {}),
    passed: isPassed(checks, told),
    ...(whyNoArena === undefined ? {} : { whyNoArena }),
    durationMs: performance.now() - startedAt,
  };
}

/** The failure before which every check has its result and none has failed. */
function settledFailure(
  checks: readonly Check[],
  results: ReadonlyMap<string, CheckResult>,
): CheckResult | undefined {
  for (const { id } of checks) {
    const result = results.get(id);
    if (!result || result.verdict === 'fail') return result;
  }
  return undefined;
}

function inOrder(checks: readonly Check[], results: ReadonlyMap<string, CheckResult>): CheckResult[] {
  return checks.flatMap(({ id }) => results.get(id) ?? []);
}

function isPassed(checks: readonly Check[], results: readonly CheckResult[]): boolean {
  const complete = results.length === checks.length;
  const some = results.some(({ verdict }) => verdict === 'pass');
  return complete && some && !results.some(({ verdict }) => verdict === 'fail');
}
