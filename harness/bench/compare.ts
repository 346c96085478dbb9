/**
 * A run against a saved one: did the ratio of the two contenders move by more than noise explains?
 *
 * Rates are never compared: the same binaries differ by half within an hour. Ratios are, and a ratio cannot tell which of the two
 * moved. Counts of system calls can, so they are compared for each contender alone. Pure.
 */
import type { BenchRun, ScenarioResult, SideResult } from './schema.ts';

interface Change {
  scenario: string;
  words: string;
  regression: boolean;
}

export interface Comparison {
  /** What was compared and how noise was treated, a sentence each. */
  basis: string[];
  /** Scenarios that could not be compared, and why. */
  notCompared: string[];
  compared: number;
  changes: Change[];
}

/** Medians closer than this are one figure, whatever the intervals say: the state of a machine moves a ratio that much. */
const LEAST_SHIFT = 0.05;
/** System calls per message are exact, but batching depends on timing. */
const LEAST_CALLS_SHIFT = 0.15;
const LEAST_CALLS = 0.05;

export function compareRuns(run: BenchRun, base: BenchRun): Comparison {
  const comparison: Comparison = { basis: basisOf(run, base), notCompared: [], compared: 0, changes: [] };
  for (const scenario of run.scenarios) {
    const before = base.scenarios.find((one) => one.id === scenario.id);
    const why = whyNotCompared(run, base, scenario, before);
    if (why !== undefined || !before) {
      comparison.notCompared.push(`${scenario.id}: ${why}`);
      continue;
    }
    comparison.compared += 1;
    comparison.changes.push(...ratioChange(run, scenario, before), ...callChanges(run, scenario, before));
  }
  return comparison;
}

export function hasRegression({ changes }: Comparison): boolean {
  return changes.some((change) => change.regression);
}

function basisOf(run: BenchRun, base: BenchRun): string[] {
  const { a, b } = run.contenders;
  const lines = [
    `Compared with the run of ${base.startedAt} (commit ${base.environment.commit}): the ratio ${a.label} / ${b.label} of each scenario, and system calls per message.`,
    `A ratio counts as moved when the two intervals do not overlap and the medians differ by more than ${LEAST_SHIFT * 100} %; rates are not compared, because the machine drifts.`,
  ];
  const differing = (['cpuModel', 'cpus', 'kernel', 'node', 'compiler', 'compilerFlags'] as const).filter(
    (key) => run.environment[key] !== base.environment[key],
  );
  if (differing.length > 0)
    lines.push(`The machines differ in ${differing.join(', ')}: a change may come from that.`);
  return lines;
}

function whyNotCompared(
  run: BenchRun,
  base: BenchRun,
  now: ScenarioResult,
  before: ScenarioResult | undefined,
): string | undefined {
  if (run.contenders.a.text !== base.contenders.a.text || run.contenders.b.text !== base.contenders.b.text)
    return `other contenders (${base.contenders.a.text} and ${base.contenders.b.text})`;
  if (!before) return 'the saved run does not have it';
  if (!now.ratio || !before.ratio) return 'not measured in both runs';
  for (const [verdict, which] of [
    [now.verdict, 'this run'],
    [before.verdict, 'the saved run'],
  ] as const)
    if (verdict.kind === 'quick' || verdict.kind === 'too-noisy' || verdict.kind === 'too-few-duels')
      return `${which}: ${verdict.words}`;
  return undefined;
}

function ratioChange(run: BenchRun, now: ScenarioResult, before: ScenarioResult): Change[] {
  if (!now.ratio || !before.ratio) return [];
  const apart = now.ratio.low > before.ratio.high || now.ratio.high < before.ratio.low;
  const shift = now.ratio.value / before.ratio.value - 1;
  if (!apart || Math.abs(shift) <= LEAST_SHIFT) return [];
  const { a, b } = run.contenders;
  // A larger latency is a loss, a larger rate a gain.
  const aLost = now.figure === 'latency' ? shift > 0 : shift < 0;
  const [loser, winner] = aLost ? [a.label, b.label] : [b.label, a.label];
  const figures = `${before.ratio.value.toFixed(3)} -> ${now.ratio.value.toFixed(3)}, ${(shift * 100).toFixed(0)} %`;
  const words = `${loser} lost ground to ${winner}, or ${winner} gained (ratio ${figures})`;
  return [{ scenario: now.id, words, regression: true }];
}

function callChanges(run: BenchRun, now: ScenarioResult, before: ScenarioResult): Change[] {
  return (['a', 'b'] as const).flatMap((side) => {
    const [calls, callsBefore] = [callsOf(now[side]), callsOf(before[side])];
    if (!calls || !callsBefore || calls.by !== callsBefore.by) return [];
    const grown = calls.calls - callsBefore.calls;
    if (grown <= LEAST_CALLS || grown / callsBefore.calls <= LEAST_CALLS_SHIFT) return [];
    const words = `${run.contenders[side].label} makes more system calls per message: ${callsBefore.calls.toFixed(2)} -> ${calls.calls.toFixed(2)}`;
    return [{ scenario: now.id, words, regression: true }];
  });
}

function callsOf(side: SideResult | undefined): { calls: number; by: string } | undefined {
  const calls = side?.systemCallsPerMessage;
  return calls && 'calls' in calls ? calls : undefined;
}
