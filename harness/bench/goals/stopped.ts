/**
 * Goal 14: a server that is stopped for a second cannot hide it from the open loop.
 */
import { setTimeout as elapsed } from 'node:timers/promises';
import type { Histogram } from 'hdr-histogram-js';
import { referenceServer } from '../../servers.ts';
import type { Bench } from '../measure.ts';
import { scenario } from '../scenarios.ts';
import { type GoalRow, holds } from './goal.ts';

const RATE_PER_SECOND = 1000;
const DURATION_MS = 4000;
const STOPPED_MS = 1000;
const SLOW_NS = 10_000_000;
/** About 1,000 of them: what was due while it stood, and a little for catching up. */
const FEWEST_SLOW = 900;
const MOST_SLOW = 1150;
const LEAST_P99_NS = 500_000_000;

export async function stoppedGoal(bench: Bench): Promise<GoalRow[]> {
  const server = await bench.session.start(referenceServer('tcp-echo', 'c'));
  const { engineCpu } = bench.session.placement;
  try {
    const run = bench.engine.openLoop({
      target: server.target,
      work: scenario('64x1').work,
      ratePerSecond: RATE_PER_SECOND,
      warmupMs: 300,
      durationMs: DURATION_MS,
      threads: 1,
      cpus: engineCpu === undefined ? [] : [engineCpu],
      seed: bench.seed,
      stallTimeoutMs: 3 * STOPPED_MS,
      udpExpiryMs: STOPPED_MS,
    });
    await elapsed(DURATION_MS / 3);
    server.process?.signal('SIGSTOP');
    await elapsed(STOPPED_MS);
    server.process?.signal('SIGCONT');
    return rowsOf((await run.result).latency);
  } finally {
    await bench.session.end(server);
  }
}

function rowsOf(latency: Histogram): GoalRow[] {
  const slow = slowerThan(latency, SLOW_NS);
  const p99Ns = latency.getValueAtPercentile(99);
  const what = `open loop, ${RATE_PER_SECOND}/s, server stopped for 1 s`;
  const enough = slow >= FEWEST_SLOW && slow <= MOST_SLOW;
  return [
    holds(14, `${what}: replies slower than 10 ms`, 'about 1,000', String(slow), enough),
    holds(14, `${what}: p99`, '> 500 ms', `${(p99Ns / 1e6).toFixed(0)} ms`, p99Ns > LEAST_P99_NS),
  ];
}

/** How many values lie above a limit: the first rank that does, by bisection. */
export function slowerThan(histogram: Histogram, limit: number): number {
  const { totalCount } = histogram;
  let [low, high] = [0, totalCount];
  while (low < high) {
    const rank = Math.floor((low + high) / 2) + 1;
    if (histogram.getValueAtPercentile((100 * rank) / totalCount) > limit) high = rank - 1;
    else low = rank;
  }
  return totalCount - low;
}
