/**
 * Measures the goals that duels judge: round by round over all of them, so that the duels of one goal are spread over the run.
 */
import type { DuelFinding } from '../findings.ts';
import { type Bench, Cancelled, duelOf } from '../measure.ts';
import type { Scenario } from '../scenarios.ts';
import { blockBootstrap, type Estimate, median, medianWithRange } from '../statistics.ts';
import type { DuelGoal } from './duel-goals.ts';
import { atLeast, type GoalRow, notJudged } from './goal.ts';
import type { Servers } from './servers.ts';

export const ACROSS_LANGUAGES_DUELS = 6;
const SAME_LANGUAGE_DUELS = 2;

function duelsOf({ sameLanguage }: DuelGoal): number {
  return sameLanguage ? SAME_LANGUAGE_DUELS : ACROSS_LANGUAGES_DUELS;
}

/** What the duels of one goal gave; `why` when one of them could not be carried out: then there are no more. */
export interface DuelsFound {
  duels: DuelFinding[];
  why?: string;
}

/** One round: a duel of every goal that still needs one. A goal that fails is told and left; the others go on. */
export async function duelRound(
  bench: Bench,
  servers: Servers,
  found: ReadonlyMap<DuelGoal, DuelsFound>,
  round: number,
  tell: (line: string) => void,
): Promise<void> {
  for (const [goal, result] of found) {
    if (goal.missing !== undefined || result.why !== undefined || round > duelsOf(goal)) continue;
    if (bench.signal.aborted) return;
    try {
      const duel = await duelFor(bench, servers, goal, round);
      result.duels.push(duel);
      tell(`goal ${goal.goal}, ${goal.what}: ${median(duel.ratios).toFixed(3)} (wanted ${goal.least})`);
    } catch (error) {
      if (error instanceof Cancelled) return;
      result.why = error instanceof Error ? error.message : String(error);
      tell(`goal ${goal.goal}, ${goal.what}: ${result.why}`);
    }
  }
}

async function duelFor(bench: Bench, servers: Servers, goal: DuelGoal, round: number): Promise<DuelFinding> {
  const { firstWarmupMs, warmupMs } = bench.timing;
  const { what, workA, workB } = goal;
  const [a, b] = [await servers.get(goal.a), await servers.get(goal.b)];
  const shape: Scenario = { id: what, title: what, protocol: goal.b.protocol, kind: 'duel', work: workB };
  return duelOf(bench, shape, a, b, round, round === 1 ? firstWarmupMs : warmupMs, workA);
}

export function duelRow(goal: DuelGoal, { duels, why }: DuelsFound, seed: number): GoalRow {
  const wanted = `>= ${goal.least.toFixed(2)}`;
  const notNow = (reason: string): GoalRow => notJudged(goal.goal, goal.what, wanted, reason);
  if (goal.missing !== undefined) return notNow(`not installed: ${goal.missing}`);
  if (why !== undefined) return notNow(why);
  if (duels.length < duelsOf(goal)) return notNow('the run ended before it');
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
