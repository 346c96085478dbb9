/**
 * Goal 9: what 9,000 idle connections cost, in memory and in the speed of the active ones.
 */
import { referenceServer, type Track } from '../../servers.ts';
import { type Bench, duelOf, memoryOf } from '../measure.ts';
import { openIdle } from '../memory.ts';
import { scenario } from '../scenarios.ts';
import { blockBootstrap } from '../statistics.ts';
import { atLeast, type GoalRow, holds } from './goal.ts';

const IDLE_CONNECTIONS = 9000;
const LARGEST_KIB: Readonly<Record<'c' | 'ts', number>> = { c: 1, ts: 16 };
const LEAST_RATE_SHARE = 0.9;

export async function idleGoals(bench: Bench): Promise<GoalRow[]> {
  const rows: GoalRow[] = [];
  for (const track of ['c', 'ts'] as const) {
    rows.push(await memoryGoal(bench, track));
    rows.push(await rateGoal(bench, track));
  }
  return rows;
}

async function memoryGoal(bench: Bench, track: 'c' | 'ts'): Promise<GoalRow> {
  const timing = { ...bench.timing, idleConnections: IDLE_CONNECTIONS };
  const outcome = await memoryOf({ ...bench, timing }, referenceServer('tcp-echo', track));
  if ('notMeasured' in outcome) throw new Error(outcome.notMeasured);
  const kib = outcome.bytesPerConnection / 1024;
  const most = LARGEST_KIB[track];
  const what = `memory per idle connection at ${IDLE_CONNECTIONS}, ${labelOf(track)}`;
  return holds(9, what, `<= ${most} KiB`, `${kib.toFixed(2)} KiB`, kib <= most);
}

/** A server with 9,000 idle connections against another instance without. */
async function rateGoal(bench: Bench, track: 'c' | 'ts'): Promise<GoalRow> {
  const spec = referenceServer('tcp-echo', track);
  const [full, empty] = [await bench.session.start(spec), await bench.session.start(spec)];
  try {
    const idle = await openIdle(full.target, 'tcp-echo', IDLE_CONNECTIONS);
    try {
      const duel = await duelOf(bench, scenario('64x1'), full, empty, 1, bench.timing.firstWarmupMs);
      const what = `64x1: ${labelOf(track)} with ${IDLE_CONNECTIONS} idle connections / without`;
      return atLeast(9, what, LEAST_RATE_SHARE, blockBootstrap([duel.ratios], { seed: bench.seed }));
    } finally {
      idle.close();
    }
  } finally {
    await Promise.all([bench.session.end(full), bench.session.end(empty)]);
  }
}

function labelOf(track: Track): string {
  return track === 'ts' ? 'TypeScript' : 'C';
}
