/**
 * Hands the engine's log-linear counts over to hdr-histogram-js.
 *
 * The buckets of histogram.h are those of an HdrHistogram with 3 significant digits, so nothing is lost or rounded here.
 */
import { build, type Histogram } from 'hdr-histogram-js';

const HIGHEST_NS = 60_000_000_000;
const LINEAR_BUCKETS = 2048;
const BUCKETS_PER_DOUBLING = 1024;

/**
 * A histogram in nanoseconds from the engine's counts.
 * @param counts how many values fell into each bucket
 * @param maxNs the largest value itself; it takes the place of its bucket, so that the maximum is exact to 3 digits
 */
export function histogramFromCounts(counts: Float64Array, maxNs: number): Histogram {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_NS,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
    useWebAssembly: false,
  });
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] ?? 0;
    if (count > 0) histogram.recordValueWithCount(Math.min(lowestValueOf(bucket), maxNs), count);
  }
  return histogram;
}

/** The smallest value, in nanoseconds, that falls into a bucket. */
export function lowestValueOf(bucket: number): number {
  if (bucket < LINEAR_BUCKETS) return bucket;
  const doublings = Math.floor(bucket / BUCKETS_PER_DOUBLING) - 1;
  return (bucket - doublings * BUCKETS_PER_DOUBLING) * 2 ** doublings;
}
