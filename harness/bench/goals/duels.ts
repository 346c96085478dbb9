/**
 * Measures the goals that duels judge: round by round over all of them, so that the duels of one goal are spread over the run.
 */
import type { DuelFinding } from '../findings.ts';
import { type Bench, duelOf } from '../measure.ts';
import { blockBootstrap, type Estimate, median, medianWithRange } from '../statistics.ts';
import type { DuelGoal } from './duel-goals.ts';
import { atLeast, type GoalRow, notJudged } from './goal.ts';
import type { Servers } from './servers.ts';

export const ACROSS_LANGUAGES_DUELS = 6;
export const SAME_LANGUAGE_DUELS = 2;

export function duelsOf({ sameLanguage }: DuelGoal): number {
  return sameLanguage ? SAME_LANGUAGE_DUELS : ACROSS_LANGUAGES_DUELS;
}

/** One round: a duel of every goal that still needs one. */
export async function duelRound(
  bench: Bench,
  servers: Servers,
  goals: readonly DuelGoal[],
  round: number,
  found: Map<DuelGoal, DuelFinding[]>,
  tell: (line: string) => void,
): Promise<void> {
  const { firstWarmupMs, warmupMs } = bench.timing;
  for (const goal of goals) {
    if (goal.missing !== undefined || round > duelsOf(goal) || bench.signal.aborted) continue;
    const [a, b] = [await servers.get(goal.a), await servers.get(goal.b)];
    const shape = {
      id: goal.what,
      title: goal.what,
      protocol: goal.b.protocol,
      kind: 'duel',
      work: goal.workB,
    } as const;
    const duel = await duelOf(bench, shape, a, b, round, round === 1 ? firstWarmupMs : warmupMs, goal.workA);
    found.set(goal, [...(found.get(goal) ?? []), duel]);
    tell(`goal ${goal.goal}, ${goal.what}: ${median(duel.ratios).toFixed(3)} (wanted ${goal.least})`);
  }
}

export function duelRow(goal: DuelGoal, duels: readonly DuelFinding[], seed: number): GoalRow {
  const wanted = `>= ${goal.least.toFixed(2)}`;
  if (goal.missing !== undefined)
    return notJudged(goal.goal, goal.what, wanted, `not installed: ${goal.missing}`);
  if (duels.length < duelsOf(goal)) return notJudged(goal.goal, goal.what, wanted, 'the run ended before it');
  return atLeast(goal.goal, goal.what, goal.least, estimate(goal, duels, seed));
}

function estimate(goal: DuelGoal, duels: readonly DuelFinding[], seed: number): Estimate {
  if (goal.sameLanguage)
    return blockBootstrap(
      duels.map(({ ratios }) => ratios),
      { seed },
    );
  return medianWithRange(duels.map(({ ratios }) => median(ratios)));
}
