import { build, type Histogram } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { type Contender, parseContender } from '../bench/contenders.ts';
import { type DuelFinding, emptyFindings, type Findings, type ScenarioFindings } from '../bench/findings.ts';
import { NORMAL, planRun } from '../bench/plan.ts';
import { type BenchRun, benchRun } from '../bench/schema.ts';
import { summarize } from '../bench/summarize.ts';
import { benchRunFixture } from './fixtures/bench-run.ts';

const [ts, c] = [await parseContender('ts'), await parseContender('c')];

function histogram(...values: number[]): Histogram {
  const one = build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3, highestTrackableValue: 6e10 });
  for (const value of values) one.recordValue(value);
  return one;
}

/** A duel whose pairs scatter by 1 % around a ratio. */
function duel(round: number, ratio: number): DuelFinding {
  const ratios = Array.from({ length: 100 }, (_, i) => ratio * (1 + 0.01 * Math.sin(i)));
  const side = (messages: number) => ({
    messages,
    bytes: 64 * messages,
    durationNs: 1.5e9,
    latency: histogram(1000, 2000),
  });
  return { round, ratios, a: side(1500), b: side(3000), engineBusy: 0.5 };
}

function summary(
  fill: (findings: Findings, scenario: (id: string) => ScenarioFindings) => void,
  contenders: { a: Contender; b: Contender } = { a: ts, b: c },
): BenchRun {
  const plan = planRun({ ...contenders, timing: NORMAL, only: ['64x1', 'open'], peers: [] });
  const findings = emptyFindings(plan);
  fill(findings, (id) => {
    const found = findings.scenarios.get(id);
    if (!found) throw new Error(`no ${id}`);
    return found;
  });
  const { environment } = benchRunFixture();
  const startedAt = new Date('2026-11-23T12:00:00Z');
  return summarize(findings, {
    plan,
    contenders,
    environment,
    startedAt,
    durationMs: 5,
    complete: true,
    quick: false,
    seed: 1,
  });
}

function first(run: BenchRun) {
  const [scenario] = run.scenarios;
  if (!scenario) throw new Error('no scenario');
  return scenario;
}

describe('the document of a run', () => {
  const six = [0.5, 0.47, 0.4, 0.44, 0.46, 0.49];

  it('has the median and the range of six duels across languages', () => {
    const { ratio, verdict } = first(
      summary((_, of) => of('64x1').duels.push(...six.map((one, i) => duel(i + 1, one)))),
    );
    expect(ratio).toMatchObject({ method: 'duels', confidence: 31 / 32 });
    expect(ratio?.value).toBeCloseTo(0.465, 3);
    expect(ratio?.low).toBeCloseTo(0.4, 3);
    expect(ratio?.high).toBeCloseTo(0.5, 3);
    expect(verdict.kind).toBe('difference');
  });

  it('gives no verdict on one duel across languages, however sharp it is', () => {
    const { ratio, verdict } = first(summary((_, of) => of('64x1').duels.push(duel(1, 0.5))));
    expect(ratio?.method).toBe('bootstrap');
    expect(verdict.kind).toBe('too-few-duels');
  });

  it('gives a verdict on one duel of two builds in one language', () => {
    const contenders = { a: { ...c, label: 'C (A)' }, b: { ...c, label: 'C (B)' } };
    const { verdict } = first(summary((_, of) => of('64x1').duels.push(duel(1, 0.9)), contenders));
    expect(verdict.words).toMatch(/^C \(B\) is 1\.11x \[1\.1\d, 1\.1\d\] of C \(A\)$/);
  });

  it('sums rates and merges latencies over the duels', () => {
    const { a, b } = first(summary((_, of) => of('64x1').duels.push(duel(1, 0.5), duel(2, 0.5))));
    expect([a?.messages, a?.messagesPerSecond]).toEqual([3000, 1000]);
    expect(b?.messagesPerSecond).toBe(2000);
    expect(a?.latency.p50Ns).toBe(1000);
    expect(a?.latency.maxNs).toBe(2000);
    expect(a?.latency.p999Ns).toBeLessThanOrEqual(2000);
  });

  it('divides CPU time by messages, and keeps the way in which system calls were counted', () => {
    const run = summary((_, of) => {
      of('64x1').duels.push(duel(1, 0.5));
      of('64x1').costs.a = {
        messages: 1000,
        cpu: { userNs: 1e6, systemNs: 4e6, totalNs: 5e6 },
        serverBusy: 1,
        engineBusy: 0.7,
        systemCalls: { perMessage: 2.03, by: 'strace' },
      };
    });
    const { a, b } = first(run);
    expect(a?.cpuPerMessage).toEqual({ userNs: 1000, systemNs: 4000, totalNs: 5000 });
    expect(a?.systemCallsPerMessage).toEqual({ calls: 2.03, by: 'strace' });
    expect(b?.cpuPerMessage).toHaveProperty('notMeasured');
  });

  it('compares median latencies in the open loop, round by round', () => {
    const run = summary((_, of) => {
      const open = of('open');
      open.offeredRate = 20_000;
      for (let round = 1; round <= 6; round++) {
        const one = (latency: number) => ({
          ...duel(round, 1).a,
          latency: histogram(latency, latency),
          engineCpuNs: 1,
          engineBusy: 0.3,
          scheduleLag: { p50Ns: 1000, p99Ns: 10_000 * round, maxNs: 20_000 },
          cancelled: false,
        });
        open.opens.push({ round, a: one(60_000), b: one(40_000) });
      }
    });
    const open = run.scenarios[1];
    expect(open).toMatchObject({ figure: 'latency', offeredRate: 20_000 });
    expect(open?.ratio?.value).toBeCloseTo(1.5, 2);
    expect(open?.verdict.words).toMatch(/^median latency of TypeScript is 1\.50x/);
    expect(open?.a?.scheduleLag).toEqual({ p50Ns: 1000, p99Ns: 60_000, maxNs: 20_000 });
  });

  it('lets the self-check decide over every scenario', () => {
    const run = summary((findings, of) => {
      const { scenario } = of('64x1');
      of('64x1').duels.push(...six.map((one, i) => duel(i + 1, one)));
      findings.selfCheck = { side: 'b', scenario, duel: duel(1, 1.05) };
    });
    expect(run.selfCheck).toMatchObject({ contender: 'C', tooNoisy: true });
    expect(first(run).verdict.words).toBe('machine too noisy');
  });

  it('keeps the schema when nothing was measured at all', () => {
    const run = summary(() => {});
    expect(benchRun.parse(run)).toEqual(run);
    expect(first(run).verdict.kind).toBe('not-measured');
  });
});
