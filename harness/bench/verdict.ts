/**
 * From figures to words: what may be said about a scenario, and what stands against saying it.
 *
 * Pure. A ranking is only given when the machine was quiet enough, the client was not the limit and there were enough duels.
 */
import { OTHERS_LIMIT_CORES } from './noise.ts';
import type { Estimate } from './statistics.ts';

type VerdictKind =
  | 'difference'
  | 'no-difference'
  | 'too-noisy'
  | 'client-limited'
  | 'schedule-lag'
  | 'too-few-duels'
  | 'quick'
  | 'not-measured';

export interface Verdict {
  kind: VerdictKind;
  words: string;
  /** What a reader should know beside it, a sentence each. */
  remarks: string[];
}

/** How busy both ends were while one server was loaded alone; shares of one CPU. */
interface Load {
  engineBusy: number;
  serverBusy: number;
}

export interface VerdictInput {
  labels: { a: string; b: string };
  /** `throughput`: ratio of messages per second; `latency`: ratio of the median latencies at an equal offered rate. */
  figure: 'throughput' | 'latency';
  quick: boolean;
  ratio?: Estimate;
  /**
   * Probability that the interval covers the truth: of the bootstrap for one language; across languages that of so many duels,
   * because one duel, however sharp, sees one state of the machine.
   */
  coverage: number;
  /** The self-check of this run; undefined when there was none. */
  selfCheck?: SelfCheck;
  loads: { label: string; load: Load }[];
  /** Open loop: the engine's own lateness towards each server, beside the latency that contains it. */
  schedules?: Schedule[];
  othersCores?: number;
  /** Why nothing was measured. */
  failure?: string;
}

export interface SelfCheck {
  ratio: Estimate;
  halfWidth: number;
  off: number;
  tooNoisy: boolean;
}

/** A server against itself must show no difference, within 3 %, and sharply, to 2.5 %. */
const WIDEST_HALF_WIDTH = 0.025;
const FARTHEST_OFF = 0.03;
/** 6 duels give 96.9 %, 5 give 93.8 %. */
const LEAST_COVERAGE = 0.95;
const BUSY_ENGINE = 0.95;
/** A server this busy is the limit itself, whatever the engine does. */
const BUSY_SERVER = 0.9;
/** The ranking compares medians: of them, this much at most may be the engine's own lateness. */
const LARGEST_LAG_SHARE = 0.1;
/** A tail that is the engine's own for more than half is said to be so. */
const LARGEST_TAIL_LAG_SHARE = 0.5;

/** Lateness of the engine, and measured latency, in ns. */
export interface Schedule {
  label: string;
  lag: { p50Ns: number; p99Ns: number };
  latency: { p50Ns: number; p99Ns: number };
}

/** Judges a server's duel against itself. */
export function judgeSelfCheck(ratio: Estimate): SelfCheck {
  const halfWidth = (ratio.high - ratio.low) / 2;
  const off = Math.abs(ratio.value - 1);
  return { ratio, halfWidth, off, tooNoisy: halfWidth > WIDEST_HALF_WIDTH || off > FARTHEST_OFF };
}

/** The first reason that stands against a ranking wins; without one, the interval decides. */
export function judge(input: VerdictInput): Verdict {
  const remarks = remarksOn(input);
  const verdict = (kind: VerdictKind, words: string): Verdict => ({ kind, words, remarks });
  const { ratio } = input;
  if (input.failure !== undefined)
    return verdict('not-measured', `${ratio ? 'no ranking' : 'not measured'}: ${input.failure}`);
  if (!ratio) return verdict('not-measured', 'not measured');
  if (input.quick) return verdict('quick', 'quick: no verdict');
  if (input.selfCheck?.tooNoisy) return verdict('too-noisy', 'machine too noisy');
  const limited = input.loads.filter(({ load }) => isClientLimited(load));
  if (limited.length > 0)
    return verdict('client-limited', `no ranking: the client was the limit (${namesOf(limited)})`);
  if (isLate(input)) return verdict('schedule-lag', 'no ranking: the engine kept its schedule too badly');
  if (input.coverage < LEAST_COVERAGE)
    return verdict('too-few-duels', `too few duels for a verdict (${percent(input.coverage)} interval)`);
  if (ratio.low <= 1 && ratio.high >= 1) return verdict('no-difference', 'no difference shown');
  return verdict('difference', comparison(input, ratio));
}

/** The server was waiting while the engine had no time left. */
function isClientLimited({ engineBusy, serverBusy }: Load): boolean {
  return engineBusy >= BUSY_ENGINE && serverBusy < BUSY_SERVER;
}

function isLate({ schedules = [] }: VerdictInput): boolean {
  return schedules.some(({ lag, latency }) => lag.p50Ns > LARGEST_LAG_SHARE * latency.p50Ns);
}

/** The one with the larger figure first, so that the factor is above 1. */
function comparison({ labels, figure }: VerdictInput, { value, low, high }: Estimate): string {
  const [first, second] = value > 1 ? [labels.a, labels.b] : [labels.b, labels.a];
  const [middle, from, to] = value > 1 ? [value, low, high] : [1 / value, 1 / high, 1 / low];
  const factor = `${rounded(middle)}x [${rounded(from)}, ${rounded(to)}]`;
  return figure === 'throughput'
    ? `${first} is ${factor} of ${second}`
    : `median latency of ${first} is ${factor} of that of ${second}`;
}

function remarksOn({ selfCheck, othersCores, quick, failure, schedules = [] }: VerdictInput): string[] {
  const remarks: string[] = [];
  if (failure !== undefined) return remarks;
  if (othersCores !== undefined && othersCores > OTHERS_LIMIT_CORES)
    remarks.push(`others used ${othersCores.toFixed(1)} cores`);
  if (!selfCheck && !quick) remarks.push('without a self-check');
  const ownTail = schedules.filter(({ lag, latency }) => lag.p99Ns > LARGEST_TAIL_LAG_SHARE * latency.p99Ns);
  for (const { label, lag } of ownTail)
    remarks.push(
      `the tail of ${label} is the engine's own lateness (its p99: ${Math.round(lag.p99Ns / 1000)} us)`,
    );
  return remarks;
}

function namesOf(loads: VerdictInput['loads']): string {
  return loads
    .map(
      ({ label, load }) =>
        `${label}: engine ${percent(load.engineBusy)} busy, server ${percent(load.serverBusy)}`,
    )
    .join('; ');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** Two digits below 10, then fewer: more would promise what nobody has. */
export function rounded(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}
