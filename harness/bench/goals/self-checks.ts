/**
 * Goal 12: a server against itself shows no difference, sharply, and the intervals keep what they promise.
 */
import { referenceServer } from '../../servers.ts';
import { type Bench, duelOf } from '../measure.ts';
import { scenario } from '../scenarios.ts';
import { blockBootstrap, type Estimate, median } from '../statistics.ts';
import { type GoalRow, holds, notJudged } from './goal.ts';

const SELF_CHECKS = 100;
const WIDEST_HALF_WIDTH = 0.025;
const LEAST_COVERED = 0.95;

/** A/A duels of C tcp-echo, 64x1, 3 s each. */
export async function selfCheckGoals(bench: Bench, tell: (line: string) => void): Promise<GoalRow[]> {
  const spec = referenceServer('tcp-echo', 'c');
  const [a, b] = [await bench.session.start(spec), await bench.session.start(spec)];
  const estimates: Estimate[] = [];
  try {
    for (let i = 1; i <= SELF_CHECKS && !bench.signal.aborted; i++) {
      const { firstWarmupMs, warmupMs } = bench.timing;
      const duel = await duelOf(bench, scenario('64x1'), a, b, i, i === 1 ? firstWarmupMs : warmupMs);
      const one = blockBootstrap([duel.ratios], { seed: bench.seed + i });
      estimates.push(one);
      tell(
        `goal 12, A/A ${i}/${SELF_CHECKS}: ${one.value.toFixed(3)} [${one.low.toFixed(3)}, ${one.high.toFixed(3)}]`,
      );
    }
  } finally {
    await Promise.all([bench.session.end(a), bench.session.end(b)]);
  }
  return selfCheckRows(estimates);
}

/** Pure. */
export function selfCheckRows(estimates: readonly Estimate[]): GoalRow[] {
  const [width, cover] = ['A/A half-width in 3 s, median', 'A/A intervals that contain 1'];
  if (estimates.length < SELF_CHECKS)
    return [
      notJudged(12, width, '<= 2.5 %', 'the run ended before it'),
      notJudged(12, cover, '>= 95 of 100', 'the run ended before it'),
    ];
  const halfWidths = estimates.map(({ low, high }) => (high - low) / 2);
  const middle = median(halfWidths);
  const range = `${percent(middle)} (from ${percent(Math.min(...halfWidths))} to ${percent(Math.max(...halfWidths))})`;
  const covered = estimates.filter(({ low, high }) => low <= 1 && high >= 1).length;
  return [
    holds(12, width, '<= 2.5 %', range, middle <= WIDEST_HALF_WIDTH),
    holds(
      12,
      cover,
      '>= 95 of 100',
      `${covered} of ${estimates.length}`,
      covered >= LEAST_COVERED * estimates.length,
    ),
  ];
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
