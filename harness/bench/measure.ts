/**
 * Carries out one step of the plan each: a duel, an open-loop pair, the cost of one server, memory, datagrams, floor, peers.
 *
 * Each function returns what it found or throws; rounds.ts decides what a failure means for the rest of the run.
 */
import type * as nativeEngine from '../native/engine.ts';
import type { EngineSettings, Progress, RunHandle, Target, Work } from '../native/load.ts';
import type { ServerSpec } from '../servers.ts';
import { balance, dropsAtPort, serverCounts } from './datagrams.ts';
import type {
  CostFinding,
  DatagramFinding,
  DuelFinding,
  FloorFinding,
  MemoryFinding,
  OpenFinding,
} from './findings.ts';
import { measureFloor } from './floor.ts';
import { memoryPerConnection } from './memory.ts';
import type { NoiseMeter } from './noise.ts';
import { peer } from './peers.ts';
import type { Timing } from './plan.ts';
import { cpuBetween, readCpu } from './process-time.ts';
import type { Scenario } from './scenarios.ts';
import type { Running, Session } from './session.ts';
import { pairRatios } from './statistics.ts';
import type { Side } from './step.ts';
import { countSystemCalls, type SystemCallCount } from './system-calls.ts';

/** The part of the load engine that the bench uses; tests give a fake one. */
export type LoadEngine = Pick<typeof nativeEngine, 'closedLoop' | 'openLoop' | 'duel'>;

/** Ctrl-C came while this was measured. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** A duel that was carried out and gave no figure. */
export class NoPairs extends Error {
  override readonly name = 'NoPairs';
}

export interface Bench {
  session: Session;
  engine: LoadEngine;
  timing: Timing;
  seed: number;
  noise: NoiseMeter;
  signal: AbortSignal;
  /** Called while load is running. */
  onProgress: (progress: Progress) => void;
}

const STALL_TIMEOUT_MS = 3000;
const UDP_EXPIRY_MS = 500;
const PROGRESS_EVERY_MS = 500;
/** Half of what the slower one can do: neither is saturated, both have work. */
const OPEN_SHARE = 0.5;

/**
 * One duel. The servers get `scenario.work` both, unless A speaks another protocol than B and has a work of its own.
 * @throws LoadFailure, Cancelled
 */
export async function duelOf(
  bench: Bench,
  scenario: Scenario,
  a: Running,
  b: Running,
  round: number,
  warmupMs: number,
  workA: Work = scenario.work,
): Promise<DuelFinding> {
  const { duelMs, sliceMs } = bench.timing;
  const leaders = leadersOf(a, b);
  const result = await bench.noise.during(leaders, () =>
    finished(bench, () =>
      bench.engine.duel({
        ...settings(bench),
        a: a.target,
        b: b.target,
        workA,
        workB: scenario.work,
        sliceMs,
        warmupMs,
        durationMs: duelMs,
      }),
    ),
  );
  const ratios = pairRatios(result.rates);
  if (ratios.length === 0)
    throw new NoPairs('no pair of slices finished a message on both sides: run for longer');
  return { round, ratios, a: result.a, b: result.b, engineBusy: result.engineBusy };
}

/** Capacity of one server alone, messages per second. */
export async function capacityOf(bench: Bench, scenario: Scenario, server: Running): Promise<number> {
  const { calibrationMs, firstWarmupMs } = bench.timing;
  const result = await closed(bench, server.target, scenario.work, firstWarmupMs, calibrationMs);
  return perSecond(result.messages, result.durationNs);
}

/** The rate that is offered to both, given the capacity of each. */
export function offeredRate(capacityA: number, capacityB: number): number {
  return Math.max(1, Math.round(OPEN_SHARE * Math.min(capacityA, capacityB)));
}

/** The same rate offered to A and to B; which of them comes first changes from round to round. */
export async function openOf(
  bench: Bench,
  scenario: Scenario,
  servers: Record<Side, Running>,
  round: number,
  ratePerSecond: number,
): Promise<OpenFinding> {
  const { warmupMs, openMs: durationMs } = bench.timing;
  const offer = ({ target }: Running) =>
    finished(bench, () =>
      bench.engine.openLoop({
        ...settings(bench),
        target,
        work: scenario.work,
        ratePerSecond,
        warmupMs,
        durationMs,
      }),
    );
  return bench.noise.during(leadersOf(servers.a, servers.b), async () => {
    if (round % 2 === 1) return { round, a: await offer(servers.a), b: await offer(servers.b) };
    const b = await offer(servers.b);
    return { round, a: await offer(servers.a), b };
  });
}

/** CPU time and engine load of one server alone, then its system calls in a run of their own. */
export async function costOf(bench: Bench, { work }: Scenario, server: Running): Promise<CostFinding> {
  const { process, target } = server;
  if (!process) throw new Error('a remote server shows no CPU time');
  const before = readCpu(process.pid);
  const run = await closed(bench, target, work, 0, bench.timing.costMs);
  const cpu = cpuBetween(before, readCpu(process.pid));
  let messages = 0;
  const trace = async (): Promise<void> => {
    messages = (await closed(bench, target, work, 0, bench.timing.traceMs)).messages;
  };
  const counted = await countSystemCalls(process.pid, trace, bench.signal);
  return {
    messages: run.messages,
    cpu,
    serverBusy: cpu.totalNs / run.durationNs,
    engineBusy: run.engineBusy,
    systemCalls: perMessage(counted, messages),
  };
}

function perMessage(counted: SystemCallCount, messages: number): CostFinding['systemCalls'] {
  if (!('calls' in counted)) return counted;
  if (messages === 0) return { notMeasured: 'no message was answered while it was traced' };
  return { perMessage: counted.calls / messages, by: counted.by };
}

/** Memory per idle connection of a fresh instance. */
export async function memoryOf(bench: Bench, spec: ServerSpec): Promise<MemoryFinding['outcome']> {
  const server = await bench.session.start(spec);
  try {
    const { idleConnections } = bench.timing;
    const pid = server.process?.pid ?? 0;
    const bytes = await memoryPerConnection(server.target, spec.protocol, pid, idleConnections);
    return { bytesPerConnection: Math.max(0, bytes) };
  } finally {
    await bench.session.end(server);
  }
}

/** Where every datagram went, for a fresh instance. */
export async function datagramsOf(
  bench: Bench,
  spec: ServerSpec,
  work: Work,
): Promise<DatagramFinding['outcome']> {
  const server = await bench.session.start(spec);
  try {
    const { datagrams } = await closed(bench, server.target, work, 0, bench.timing.datagramMs);
    if (!datagrams) throw new Error('the engine gave no datagram counts');
    const dropped = dropsAtPort(server.target.port);
    const counts = serverCounts(await bench.session.end(server));
    return balance(work.depth, datagrams, dropped, counts);
  } finally {
    await bench.session.end(server);
  }
}

export async function floorOf(bench: Bench, transport: 'tcp' | 'udp'): Promise<FloorFinding['outcome']> {
  const server = await bench.session.start(peer(`blocking-${transport}`));
  const { engineCpu } = bench.session.placement;
  try {
    return await measureFloor(transport, server.target, engineCpu, bench.timing.costMs, bench.signal);
  } finally {
    await bench.session.end(server);
  }
}

/** A contender against a fresh peer, or against any other fresh server. The ratio is contender / other. */
export async function duelWith(
  bench: Bench,
  scenario: Scenario,
  contender: Running,
  other: ServerSpec,
  otherWork: Work = scenario.work,
): Promise<DuelFinding> {
  const server = await bench.session.start(other);
  try {
    const swapped = { ...scenario, work: otherWork };
    return await duelOf(bench, swapped, contender, server, 1, bench.timing.firstWarmupMs, scenario.work);
  } finally {
    await bench.session.end(server);
  }
}

export function closed(bench: Bench, target: Target, work: Work, warmupMs: number, durationMs: number) {
  return finished(bench, () =>
    bench.engine.closedLoop({ ...settings(bench), target, work, warmupMs, durationMs }),
  );
}

export function perSecond(messages: number, durationNs: number): number {
  return durationNs === 0 ? 0 : (messages * 1e9) / durationNs;
}

function settings({ session, seed }: Bench): EngineSettings {
  const { engineCpu } = session.placement;
  const cpus = engineCpu === undefined ? [] : [engineCpu];
  return { threads: 1, cpus, seed, stallTimeoutMs: STALL_TIMEOUT_MS, udpExpiryMs: UDP_EXPIRY_MS };
}

function leadersOf(...servers: Running[]): number[] {
  return servers.flatMap(({ process }) => (process ? [process.pid] : []));
}

/** Waits for a run, shows its progress, and ends it when Ctrl-C comes. */
async function finished<Result extends { cancelled: boolean }>(
  { signal, onProgress }: Bench,
  begin: () => RunHandle<Result>,
): Promise<Result> {
  if (signal.aborted) throw new Cancelled();
  const run = begin();
  const cancel = (): void => run.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const ticker = setInterval(() => onProgress(run.progress()), PROGRESS_EVERY_MS);
  try {
    const result = await run.result;
    if (result.cancelled) throw new Cancelled();
    return result;
  } finally {
    clearInterval(ticker);
    signal.removeEventListener('abort', cancel);
  }
}
