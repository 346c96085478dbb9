/**
 * From findings to the document of a run: medians, intervals, verdicts. Pure but for what it is given.
 */
import { build, type Histogram } from 'hdr-histogram-js';
import type { CheckResult } from '../checks/result.ts';
import type { Measurement } from '../native/load.ts';
import type { Contender } from './contenders.ts';
import type { DuelFinding, Findings, ScenarioFindings } from './findings.ts';
import { perSecond } from './measure.ts';
import { missingFor, PEERS } from './peers.ts';
import type { Plan } from './plan.ts';
import {
  type BenchRun,
  SCHEMA_NAME,
  SCHEMA_VERSION,
  type ScenarioResult,
  type SideResult,
} from './schema.ts';
import { blockBootstrap, type Estimate, median, medianWithRange } from './statistics.ts';
import type { Side } from './step.ts';
import { judge, judgeSelfCheck, type Schedule, type SelfCheck, type VerdictInput } from './verdict.ts';

export interface RunFacts {
  plan: Plan;
  contenders: Record<Side, Contender>;
  environment: BenchRun['environment'];
  startedAt: Date;
  durationMs: number;
  complete: boolean;
  quick: boolean;
  seed: number;
}

type ScheduleLag = NonNullable<SideResult['scheduleLag']>;

const HIGHEST_NS = 60_000_000_000;

/** The document of a run, complete or interrupted. */
export function summarize(findings: Findings, facts: RunFacts): BenchRun {
  const { plan, contenders, quick, seed } = facts;
  const selfCheck = selfCheckOf(findings, seed);
  const label = (side: Side): string => contenders[side].label;
  return {
    schema: SCHEMA_NAME,
    version: SCHEMA_VERSION,
    startedAt: facts.startedAt.toISOString(),
    durationMs: Math.round(facts.durationMs),
    complete: facts.complete,
    quick,
    seed,
    settings: settingsOf(plan),
    environment: facts.environment,
    contenders: { a: shown(contenders.a), b: shown(contenders.b) },
    selfCheck:
      selfCheck && findings.selfCheck
        ? {
            contender: label(findings.selfCheck.side),
            scenario: findings.selfCheck.scenario.id,
            ...selfCheck,
          }
        : { notMeasured: 'the run ended before it, or no contender can be started twice' },
    noise: findings.noise ?? { notMeasured: 'nothing was measured' },
    gates: findings.gates.map(({ side, protocol, results }) => gateOf(label(side), protocol, results)),
    scenarios: [...findings.scenarios.values()].map((one) => scenarioOf(one, findings, facts, selfCheck)),
    memory: findings.memory.map(({ side, ...rest }) => ({ contender: label(side), ...rest })),
    datagrams: findings.datagrams.map(({ side, scenario, outcome }) => ({
      contender: label(side),
      scenario: scenario.id,
      outcome,
    })),
    floor: findings.floor,
    peers: findings.peers.map(({ side, scenario, outcome, ...rest }) => ({
      ...rest,
      side,
      scenario: scenario.id,
      contender: label(side),
      outcome: 'ratios' in outcome ? peerOutcome(outcome, seed) : outcome,
    })),
    peersMissing: PEERS.flatMap((one) => {
      const needs = missingFor(one);
      return needs === undefined ? [] : [{ name: one.name, needs }];
    }),
    leftOut: plan.leftOut,
    failures: findings.failures,
  };
}

function settingsOf({ timing }: Plan): BenchRun['settings'] {
  const { duels, duelMs, sliceMs, firstWarmupMs } = timing;
  return { duels, duelMs, sliceMs, firstWarmupMs };
}

function shown({ label, text }: Contender): { label: string; text: string } {
  return { label, text };
}

function selfCheckOf({ selfCheck }: Findings, seed: number): SelfCheck | undefined {
  return selfCheck && judgeSelfCheck(blockBootstrap([selfCheck.duel.ratios], { seed }));
}

function gateOf(
  contender: string,
  protocol: BenchRun['gates'][number]['protocol'],
  results: CheckResult[],
): BenchRun['gates'][number] {
  const having = (verdict: CheckResult['verdict']): string[] =>
    results.filter((result) => result.verdict === verdict).map(({ id }) => id);
  return {
    contender,
    protocol,
    passed: having('pass').length,
    failed: having('fail'),
    notJudged: having('not judged'),
  };
}

function peerOutcome(duel: DuelFinding, seed: number) {
  return {
    ratio: blockBootstrap([duel.ratios], { seed }),
    peerMessagesPerSecond: perSecond(duel.b.messages, duel.b.durationNs),
  };
}

function scenarioOf(
  found: ScenarioFindings,
  findings: Findings,
  facts: RunFacts,
  selfCheck: SelfCheck | undefined,
): ScenarioResult {
  const { id, title, protocol, kind, work } = found.scenario;
  const { connections, depth, messageBytes } = work;
  const ratio = ratioOf(found, facts);
  const [a, b] = [sideOf(found, 'a'), sideOf(found, 'b')];
  const figure = kind === 'open' ? 'latency' : 'throughput';
  const labels = { a: facts.contenders.a.label, b: facts.contenders.b.label };
  const input: VerdictInput = {
    labels,
    figure,
    quick: facts.quick,
    ...(ratio ? { ratio } : {}),
    coverage: ratio ? coverageOf(ratio, facts.contenders) : 0,
    ...(selfCheck ? { selfCheck } : {}),
    loads: loadsOf(found, labels),
    schedules: schedulesOf({ a, b }, labels),
    ...(findings.noise ? { othersCores: findings.noise.othersCores } : {}),
    ...(found.failure === undefined ? {} : { failure: found.failure }),
  };
  return {
    id,
    title,
    protocol,
    figure,
    connections,
    depth,
    messageBytes,
    ...(found.offeredRate === undefined ? {} : { offeredRate: found.offeredRate }),
    ...(ratio ? { ratio } : {}),
    ...(a ? { a } : {}),
    ...(b ? { b } : {}),
    verdict: judge(input),
  };
}

/** Several duels across languages: their median and range. One duel, or one language: the bootstrap over slice pairs. */
function ratioOf(
  { scenario, duels, opens }: ScenarioFindings,
  { contenders, seed }: RunFacts,
): ScenarioResult['ratio'] {
  if (scenario.kind === 'open') {
    const ratios = opens.map(({ a, b }) => p50(a.latency) / p50(b.latency));
    return ratios.length === 0 ? undefined : ratioBy('duels', medianWithRange(ratios), ratios);
  }
  if (duels.length === 0) return undefined;
  const medians = duels.map(({ ratios }) => median(ratios));
  if (duels.length > 1 && !sameLanguage(contenders))
    return ratioBy('duels', medianWithRange(medians), medians);
  return ratioBy(
    'bootstrap',
    blockBootstrap(
      duels.map(({ ratios }) => ratios),
      { seed },
    ),
    medians,
  );
}

function coverageOf(
  ratio: NonNullable<ScenarioResult['ratio']>,
  contenders: Record<Side, Contender>,
): number {
  if (ratio.method === 'bootstrap' && sameLanguage(contenders)) return ratio.confidence;
  return medianWithRange(ratio.duels).confidence;
}

function ratioBy(method: 'duels' | 'bootstrap', estimate: Estimate, duels: number[]) {
  return { ...estimate, method, duels };
}

/** Then the ratio does not move with the state of the machine, and the bootstrap within the duels holds. */
function sameLanguage({ a, b }: Record<Side, Contender>): boolean {
  return a.text === b.text || (a.language !== undefined && a.language === b.language);
}

function sideOf(found: ScenarioFindings, side: Side): SideResult | undefined {
  const runs: Measurement[] = [...found.duels, ...found.opens].map((one) => one[side]);
  if (runs.length === 0) return undefined;
  const messages = sum(runs.map((run) => run.messages));
  const lag = found.opens.flatMap((one) => one[side].scheduleLag ?? []);
  return {
    messages,
    messagesPerSecond: perSecond(messages, sum(runs.map((run) => run.durationNs))),
    latency: latencyOf(runs.map((run) => run.latency)),
    ...costsOf(found, side),
    ...(lag.length === 0 ? {} : { scheduleLag: lagOver(lag) }),
  };
}

function costsOf(
  found: ScenarioFindings,
  side: Side,
): Pick<SideResult, 'cpuPerMessage' | 'systemCallsPerMessage' | 'load'> {
  const cost = found.costs[side];
  if (!cost || cost.messages === 0) {
    const notMeasured =
      found.scenario.kind === 'open' ? 'see 64x1' : 'the run ended before it, or it is remote';
    return { cpuPerMessage: { notMeasured }, systemCallsPerMessage: { notMeasured }, load: { notMeasured } };
  }
  const { cpu, messages, systemCalls, engineBusy, serverBusy } = cost;
  return {
    cpuPerMessage: {
      userNs: cpu.userNs / messages,
      systemNs: cpu.systemNs / messages,
      totalNs: cpu.totalNs / messages,
    },
    systemCallsPerMessage:
      'perMessage' in systemCalls ? { calls: systemCalls.perMessage, by: systemCalls.by } : systemCalls,
    load: { engineBusy, serverBusy },
  };
}

function loadsOf(found: ScenarioFindings, labels: Record<Side, string>): VerdictInput['loads'] {
  return (['a', 'b'] as const).flatMap((side) => {
    const cost = found.costs[side];
    return cost ? [{ label: labels[side], load: cost }] : [];
  });
}

function schedulesOf(sides: Record<Side, SideResult | undefined>, labels: Record<Side, string>): Schedule[] {
  return (['a', 'b'] as const).flatMap((side) => {
    const { scheduleLag: lag, latency } = sides[side] ?? {};
    return lag && latency ? [{ label: labels[side], lag, latency }] : [];
  });
}

function latencyOf(histograms: Histogram[]): SideResult['latency'] {
  const merged = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_NS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  });
  for (const histogram of histograms) merged.add(histogram);
  if (merged.totalCount === 0) return { p50Ns: 0, p99Ns: 0, p999Ns: 0, maxNs: 0 };
  // A percentile is the upper end of its bucket, which may lie above the largest value itself.
  const at = (percentile: number): number =>
    Math.min(merged.getValueAtPercentile(percentile), merged.maxValue);
  return { p50Ns: at(50), p99Ns: at(99), p999Ns: at(99.9), maxNs: merged.maxValue };
}

function p50(histogram: Histogram): number {
  return histogram.getValueAtPercentile(50);
}

/** Over the rounds: the median of the medians, the worst of the rest. */
function lagOver(rounds: ScheduleLag[]): ScheduleLag {
  return {
    p50Ns: median(rounds.map(({ p50Ns }) => p50Ns)),
    p99Ns: Math.max(...rounds.map(({ p99Ns }) => p99Ns)),
    maxNs: Math.max(...rounds.map(({ maxNs }) => maxNs)),
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
