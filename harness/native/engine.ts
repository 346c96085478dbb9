/**
 * Starts load runs: the TypeScript face of the native engine.
 *
 * It checks what it is told, hands it to the addon and turns raw figures into results. It generates no load itself
 * and never blocks: each run has threads of its own.
 */
import { getSystemErrorName } from 'node:util';
import { type NativePlan, type NativeReport, native } from './addon.ts';
import { LoadFailure } from './failure.ts';
import { histogramFromCounts } from './histogram.ts';
import type {
  ClosedLoop,
  Duel,
  DuelResult,
  EngineSettings,
  Measurement,
  OpenLoop,
  Progress,
  RunHandle,
  RunResult,
  Work,
} from './load.ts';

export { LoadFailure } from './failure.ts';

const MAX_DEPTH = 1 << 20;
const MAX_WINDOW = 16_384;
const MAX_MESSAGE_BYTES = 1 << 20;
const MAX_FIXED_BYTES = 65_536;
const MIN_DATAGRAM_BYTES = 8;
const MAX_DATAGRAM_BYTES = 65_507;
const MAX_CONNECTIONS = 1_000_000;
const MAX_THREADS = 64;
const MAX_DURATION_MS = 86_400_000;

/**
 * Keeps `depth` messages outstanding on every connection.
 * @throws RangeError if an option is out of its range; everything later rejects `result` with a {@link LoadFailure}
 */
export function closedLoop(options: ClosedLoop): RunHandle<RunResult> {
  requireLoop(options);
  return start({ ...options, plan: 'closed', ratePerSecond: 0, sides: [sideOf(options)] }, runResult);
}

/**
 * Offers `ratePerSecond` messages, evenly spaced over all connections, however the server keeps up. Latency counts from
 * the time at which a message should have been sent, so that a stalled server cannot hide.
 * @throws RangeError if an option is out of its range
 */
export function openLoop(options: OpenLoop): RunHandle<RunResult> {
  requireLoop(options);
  requireRange('ratePerSecond', options.ratePerSecond, 0.001, 1e8);
  if (options.work.mode === 'connect') throw new RangeError("work.mode 'connect' has no open loop");
  return start({ ...options, plan: 'open', sides: [sideOf(options)] }, runResult);
}

/**
 * Alternates short slices of load between two targets, from one thread: what disturbs the machine disturbs both.
 * @throws RangeError if an option is out of its range
 */
export function duel(options: Duel): RunHandle<DuelResult> {
  requireSettings(options);
  requireTimes(options);
  requireRange('sliceMs', options.sliceMs, 0.1, 10_000);
  if (options.threads !== 1) throw new RangeError(`a duel takes 1 thread, got ${options.threads}`);
  requireWork('workA', options.workA, 1);
  requireWork('workB', options.workB, 1);
  const sides = [
    { target: options.a, work: options.workA },
    { target: options.b, work: options.workB },
  ];
  return start({ ...options, plan: 'duel', ratePerSecond: 0, sides }, duelResult);
}

function start<Result>(plan: NativePlan, toResult: (report: NativeReport) => Result): RunHandle<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const startedAt = performance.now();
  let elapsedMs: number | undefined;
  const run = native.startRun(plan, (report) => {
    elapsedMs = performance.now() - startedAt;
    if (report.failure) reject(failureOf(plan, report.failure));
    else resolve(toResult(report));
  });
  return {
    result: promise,
    progress: () => progressOf(native.snapshot(run), elapsedMs ?? performance.now() - startedAt),
    cancel: () => native.cancel(run),
  };
}

function failureOf(plan: NativePlan, raw: NonNullable<NativeReport['failure']>): LoadFailure {
  const { side, error, ...facts } = raw;
  const target = plan.sides[side]?.target;
  if (!target) throw new Error(`the engine reported a failure of side ${side}`);
  const named = error === undefined ? facts : { ...facts, errno: getSystemErrorName(-error) };
  return new LoadFailure({ ...named, target: { ...target } });
}

const PHASES = ['connecting', 'warm-up', 'measuring', 'draining', 'done'] as const;

function progressOf(snapshot: { phase: number; messages: number }, elapsedMs: number): Progress {
  return { phase: PHASES[snapshot.phase] ?? 'done', messages: snapshot.messages, elapsedMs };
}

function runResult(report: NativeReport): RunResult {
  const { engineCpuNs, engineBusy, cancelled, lag } = report;
  const result: RunResult = { ...measurementOf(report, 0), engineCpuNs, engineBusy, cancelled };
  if (!lag) return result;
  const histogram = histogramFromCounts(lag.counts, lag.maxNs);
  const at = (percentile: number): number =>
    histogram.totalCount === 0 ? 0 : Math.min(histogram.getValueAtPercentile(percentile), lag.maxNs);
  return { ...result, scheduleLag: { p50Ns: at(50), p99Ns: at(99), maxNs: lag.maxNs } };
}

function duelResult(report: NativeReport): DuelResult {
  const { engineCpuNs, engineBusy, cancelled } = report;
  const [a, b] = [measurementOf(report, 0), measurementOf(report, 1)];
  return { a, b, rates: report.rates ?? new Float64Array(), engineCpuNs, engineBusy, cancelled };
}

function measurementOf(report: NativeReport, side: number): Measurement {
  const raw = report.sides[side];
  if (!raw) throw new Error(`the engine reported no side ${side}`);
  const { messages, bytes, durationNs, datagrams } = raw;
  const latency = histogramFromCounts(raw.counts, raw.maxNs);
  const measurement: Measurement = { messages, bytes, durationNs, latency };
  return datagrams ? { ...measurement, datagrams } : measurement;
}

function sideOf(options: ClosedLoop): NativePlan['sides'][number] {
  return { target: options.target, work: options.work };
}

function requireLoop(options: ClosedLoop): void {
  requireSettings(options);
  requireTimes(options);
  requireWork('work', options.work, options.threads);
}

function requireSettings(settings: EngineSettings): void {
  requireWhole('threads', settings.threads, 1, MAX_THREADS);
  requireWhole('seed', settings.seed, 0, Number.MAX_SAFE_INTEGER);
  requireRange('stallTimeoutMs', settings.stallTimeoutMs, 1, MAX_DURATION_MS);
  requireRange('udpExpiryMs', settings.udpExpiryMs, 1, MAX_DURATION_MS);
  for (const cpu of settings.cpus) requireWhole('cpus', cpu, 0, 1023);
  if (settings.cpus.length > MAX_THREADS) throw new RangeError(`cpus may name at most ${MAX_THREADS}`);
}

function requireTimes({ warmupMs, durationMs }: { warmupMs: number; durationMs: number }): void {
  requireRange('warmupMs', warmupMs, 0, MAX_DURATION_MS);
  requireRange('durationMs', durationMs, 1, MAX_DURATION_MS);
}

function requireWork(name: string, work: Work, threads: number): void {
  const datagrams = work.protocol === 'udp-echo';
  requireWhole(`${name}.connections`, work.connections, threads, MAX_CONNECTIONS);
  requireWhole(`${name}.depth`, work.depth, 1, datagrams ? MAX_WINDOW : MAX_DEPTH);
  if (work.protocol === 'fixed') requireFixed(name, work);
  else if (datagrams)
    requireWhole(`${name}.messageBytes`, work.messageBytes, MIN_DATAGRAM_BYTES, MAX_DATAGRAM_BYTES);
  else requireWhole(`${name}.messageBytes`, work.messageBytes, 1, MAX_MESSAGE_BYTES);
  if (datagrams && work.mode === 'connect') throw new RangeError(`${name}.mode 'connect' needs TCP`);
}

function requireFixed(name: string, { fixed }: Work): void {
  if (!fixed) throw new RangeError(`${name}.fixed is needed by the protocol 'fixed'`);
  requireWhole(`${name}.fixed.request.length`, fixed.request.length, 1, MAX_FIXED_BYTES);
  requireWhole(`${name}.fixed.reply.length`, fixed.reply.length, 1, MAX_FIXED_BYTES);
}

function requireWhole(name: string, value: number, low: number, high: number): void {
  if (!Number.isInteger(value)) throw new RangeError(`${name} must be a whole number, got ${value}`);
  requireRange(name, value, low, high);
}

function requireRange(name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) {
    throw new RangeError(`${name} must be from ${low} to ${high}, got ${value}`);
  }
}
