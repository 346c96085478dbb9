/**
 * Latencies of a session: every sample is kept (8 bytes each), percentiles come from the sorted samples.
 *
 * Deliberately no histogram: a person's session is short. Figures to compare servers with come from the load engine.
 */

export type LatencySummary = {
  readonly samples: number;
  readonly minMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
};

/** Nearest-rank percentiles of latencies in milliseconds; undefined where there is no sample. */
export function summarizeLatencies(latenciesMs: readonly number[]): LatencySummary | undefined {
  if (latenciesMs.length === 0) return undefined;
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (fraction: number) => sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN;
  return { samples: sorted.length, minMs: at(0), p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** `0.213 ms`: three digits after the point below 100 ms, one above. */
export function formatMs(ms: number): string {
  return `${ms.toFixed(ms < 100 ? 3 : 1)} ms`;
}

/** Milliseconds on the monotonic clock between `startNs` (process.hrtime.bigint()) and now. */
export function elapsedMs(startNs: bigint): number {
  return Number(process.hrtime.bigint() - startNs) / 1e6;
}
