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
  const medians = new Float64Array(resamples);
  const drawn = new Float64Array(series.reduce((sum, values) => sum + values.length, 0));
  for (let i = 0; i < resamples; i++) {
    resample(series, random, drawn);
    medians[i] = medianSorted(drawn.sort());
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

/** Fills `drawn` with as many values of each series as it has, block by block. */
function resample(series: readonly (readonly number[])[], random: () => number, drawn: Float64Array): void {
  let end = 0;
  for (const values of series) {
    const length = blockLength(values.length);
    const limit = end + values.length;
    while (end < limit) {
      const start = Math.floor(random() * values.length);
      for (let i = 0; i < length && end < limit; i++) drawn[end++] = values[(start + i) % values.length] ?? 0;
    }
  }
}

/** Linear between neighbours. The library's takes no typed arrays, and this is the bench's innermost loop. */
function quantileSorted(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)] ?? NaN, sorted[Math.ceil(place)] ?? NaN];
  return low + (high - low) * (place - Math.floor(place));
}

function medianSorted(sorted: Float64Array): number {
  return quantileSorted(sorted, 0.5);
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
