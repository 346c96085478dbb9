/**
 * One line of the table of goals: what was measured, what was wanted, and whether it was reached. Pure.
 */
import type { Estimate } from '../statistics.ts';
import { rounded } from '../verdict.ts';

/** `not missed`: the figure lies below the goal, and its interval reaches it. */
type GoalVerdict = 'met' | 'not missed' | 'missed' | 'not judged';

export interface GoalRow {
  /** Number of the goal; several rows may share it. */
  goal: number;
  what: string;
  wanted: string;
  measured: string;
  verdict: GoalVerdict;
}

/** A lower bound on a ratio: missed only when the whole interval lies below it. */
export function atLeast(goal: number, what: string, least: number, ratio: Estimate): GoalRow {
  const wanted = `>= ${rounded(least)}`;
  return { goal, what, wanted, measured: withInterval(ratio), verdict: verdictOf(least, ratio) };
}

function verdictOf(least: number, { value, high }: Estimate): GoalVerdict {
  if (value >= least) return 'met';
  return high >= least ? 'not missed' : 'missed';
}

/** A figure that must hold exactly or within a bound that needs no interval. */
export function holds(goal: number, what: string, wanted: string, measured: string, met: boolean): GoalRow {
  return { goal, what, wanted, measured, verdict: met ? 'met' : 'missed' };
}

export function notJudged(goal: number, what: string, wanted: string, why: string): GoalRow {
  return { goal, what, wanted, measured: why, verdict: 'not judged' };
}

export function withInterval({ value, low, high }: Estimate): string {
  return `${rounded(value)} [${rounded(low)}, ${rounded(high)}]`;
}
