/**
 * Goal 12: a server against itself shows no difference, sharply, and the intervals keep what they promise.
 */
import { referenceServer } from '../../servers.ts';
import { type Bench, duelOf, NoPairs } from '../measure.ts';
import { scenario } from '../scenarios.ts';
import type { Running } from '../session.ts';
import { blockBootstrap, type Estimate, median } from '../statistics.ts';
import { type GoalRow, holds, notJudged } from './goal.ts';

const SELF_CHECKS = 100;
const WIDEST_HALF_WIDTH = 0.025;
const LEAST_COVERED = 0.95;

/** A/A duels of C tcp-echo, 64x1, 3 s each. */
export async function selfCheckGoals(bench: Bench, tell: (line: string) => void): Promise<GoalRow[]> {
  const spec = referenceServer('tcp-echo', 'c');
  const [a, b] = [await bench.session.start(spec), await bench.session.start(spec)];
  const estimates: (Estimate | undefined)[] = [];
  try {
    for (let i = 1; i <= SELF_CHECKS && !bench.signal.aborted; i++) {
      const one = await selfCheck(bench, a, b, i);
      estimates.push(one);
      const words = one
        ? `${one.value.toFixed(3)} [${one.low.toFixed(3)}, ${one.high.toFixed(3)}]`
        : 'gave no figure';
      tell(`goal 12, A/A ${i}/${SELF_CHECKS}: ${words}`);
    }
  } finally {
    await Promise.all([bench.session.end(a), bench.session.end(b)]);
  }
  return selfCheckRows(estimates);
}

/** Undefined when the duel gave no figure: then it does not contain 1 either, and the others go on. */
async function selfCheck(bench: Bench, a: Running, b: Running, round: number): Promise<Estimate | undefined> {
  const { firstWarmupMs, warmupMs } = bench.timing;
  try {
    const duel = await duelOf(bench, scenario('64x1'), a, b, round, round === 1 ? firstWarmupMs : warmupMs);
    return blockBootstrap([duel.ratios], { seed: bench.seed + round });
  } catch (error) {
    if (error instanceof NoPairs) return undefined;
    throw error;
  }
}

/** Of all self-checks, also those that gave no figure. Pure. */
export function selfCheckRows(all: readonly (Estimate | undefined)[]): GoalRow[] {
  const [width, cover] = ['A/A half-width in 3 s, median', 'A/A intervals that contain 1'];
  if (all.length < SELF_CHECKS)
    return [
      notJudged(12, width, '<= 2.5 %', 'the run ended before it'),
      notJudged(12, cover, '>= 95 of 100', 'the run ended before it'),
    ];
  const estimates = all.filter((one) => one !== undefined);
  const halfWidths = estimates.map(({ low, high }) => (high - low) / 2);
  const middle = median(halfWidths);
  const range = `${percent(middle)} (from ${percent(Math.min(...halfWidths))} to ${percent(Math.max(...halfWidths))})`;
  const covered = estimates.filter(({ low, high }) => low <= 1 && high >= 1).length;
  return [
    holds(12, width, '<= 2.5 %', range, middle <= WIDEST_HALF_WIDTH),
    holds(12, cover, '>= 95 of 100', `${covered} of ${all.length}`, covered >= LEAST_COVERED * all.length),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
