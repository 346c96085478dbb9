/**
 * The statistics of the bench: medians, the interval over several duels, and the bootstrap within one duel.
 *
 * Pure functions over numbers. What the figures mean in words is decided in verdict.ts.
 */
import { median } from 'simple-statistics';

export { median };

/** An estimate with the interval that belongs to it. */
export interface Estimate {
  value: number;
  low: number;
  high: number;
  /** Probability that the interval covers the true value, 0 to 1, as the method promises it. */
  confidence: number;
}

/**
 * Median of independent values and the range from the smallest to the largest. Whatever the distribution, all n values fall on one
 * side of the true median with probability 2 * 2^-n: for 6 values the range is an exact 97 % interval of the median.
 */
export function medianWithRange(values: readonly number[]): Estimate {
  if (values.length === 0) throw new RangeError('a median needs at least one value');
  return {
    value: median([...values]),
    low: Math.min(...values),
    high: Math.max(...values),
    confidence: 1 - 2 ** (1 - values.length),
  };
}

/** A seeded generator of numbers in [0, 1): the same seed gives the same sequence (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface BootstrapOptions {
  seed: number;
  confidence?: number;
  resamples?: number;
}

/**
 * A block bootstrap of some 200 values is a little too narrow: half of each tail makes 95 % come true for series whose
 * neighbours correlate up to 0.5. A test measures it.
 */
const TAIL_CORRECTION = 1 / 4;

/**
 * Median of the values of one or more series with a moving-block bootstrap interval. Neighbouring slices resemble each other, so whole
 * blocks are drawn, not single values; a block may run over the end of its series to the start, never into another series.
 * @param series values in the order in which they were measured
 */
export function blockBootstrap(series: readonly (readonly number[])[], options: BootstrapOptions): Estimate {
  const { seed, confidence = 0.95, resamples = 2000 } = options;
  const random = seededRandom(seed);
  const values = Float64Array.from(series.flat()).sort();
  const ranks = series.map((one) => ranksIn(values, one));
  const counts = new Uint32Array(values.length);
  const medians = new Float64Array(resamples);
  for (let i = 0; i < resamples; i++) {
    resample(ranks, random, counts.fill(0));
    medians[i] = medianCounted(values, counts);
  }
  const sorted = medians.sort();
  const tail = (1 - confidence) * TAIL_CORRECTION;
  return {
    value: median(series.flat()),
    low: quantileSorted(sorted, tail),
    high: quantileSorted(sorted, 1 - tail),
    confidence,
  };
}

/** Where each value stands among the sorted ones; equal values may share a place. */
function ranksIn(sorted: Float64Array, values: readonly number[]): Uint32Array {
  const rankOf = new Map<number, number>();
  sorted.forEach((value, rank) => {
    rankOf.set(value, rank);
  });
  return Uint32Array.from(values, (value) => rankOf.get(value) ?? 0);
}

/**
 * Draws as many values of each series as it has, block by block, and counts how often each was drawn: ranks are
 * known once for all resamples, so none of them has to be sorted.
 */
function resample(series: readonly Uint32Array[], random: () => number, counts: Uint32Array): void {
  for (const ranks of series) {
    const length = blockLength(ranks.length);
    let left = ranks.length;
    while (left > 0) {
      const start = Math.floor(random() * ranks.length);
      const drawn = Math.min(length, left);
      for (let i = 0; i < drawn; i++) {
        const rank = ranks[(start + i) % ranks.length] ?? 0;
        counts[rank] = (counts[rank] ?? 0) + 1;
      }
      left -= drawn;
    }
  }
}

/** Median of sorted values of which each was drawn `counts` times, as many draws as there are values. */
function medianCounted(values: Float64Array, counts: Uint32Array): number {
  const [lower, upper] = [Math.floor((values.length - 1) / 2), Math.floor(values.length / 2)];
  let rank = 0;
  let seen = counts[0] ?? 0;
  while (seen <= lower) seen += counts[++rank] ?? Infinity;
  const low = values[rank] ?? NaN;
  while (seen <= upper) seen += counts[++rank] ?? Infinity;
  return (low + (values[rank] ?? NaN)) / 2;
}

/** Linear between neighbours. The library's takes no typed arrays, and this is the bench's innermost loop. */
function quantileSorted(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return low + (high - low) * (place - Math.floor(place));
}

/** Grows with the cube root of the number of values, which is how the best length grows. */
export function blockLength(count: number): number {
  return Math.max(1, Math.min(count, Math.round(2 * Math.cbrt(count))));
}

/** Ratio A / B of each pair of slices; pairs in which one side finished nothing say nothing about a ratio and are left out. */
export function pairRatios(rates: Float64Array): number[] {
  const ratios: number[] = [];
  for (let i = 0; i + 1 < rates.length; i += 2) {
    const [a = 0, b = 0] = [rates[i], rates[i + 1]];
    if (a > 0 && b > 0) ratios.push(a / b);
  }
  return ratios;
}
