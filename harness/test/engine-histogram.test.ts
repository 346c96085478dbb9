/**
 * The engine's histogram against exact figures computed here from the same values.
 */
import { describe, expect, it } from 'vitest';
import { native } from '../native/addon.ts';
import { histogramFromCounts, lowestValueOf } from '../native/histogram.ts';

const HIGHEST_NS = 60_000_000_000;

/** Values spread evenly over the orders of magnitude, by a fixed generator. */
function samples(count: number): number[] {
  let state = 12_345;
  const values: number[] = [];
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values.push(Math.floor(10 ** ((state / 2 ** 32) * 10.7)));
  }
  return values;
}

function histogramOf(values: number[]) {
  const { counts, maxNs } = native.histogramOf(Float64Array.from(values));
  return histogramFromCounts(counts, maxNs);
}

describe('the histogram of the engine', () => {
  it.each([1, 10, 50, 90, 99, 99.9, 99.99, 100])('gives percentile %d to 3 digits', (percentile) => {
    const values = samples(100_000);
    const sorted = values.toSorted((a, b) => a - b);
    const exact = sorted[Math.max(0, Math.ceil((percentile / 100) * sorted.length) - 1)] ?? Number.NaN;
    const found = histogramOf(values).getValueAtPercentile(percentile);
    expect(Math.abs(found - exact)).toBeLessThanOrEqual(Math.max(1, exact / 1000));
  });

  it('counts every value', () => {
    expect(histogramOf(samples(12_345)).totalCount).toBe(12_345);
  });

  it.each([0, 1, 2047, 2048, 2049, 4095, 4096, 1_000_000, 2 ** 32, 2 ** 35 + 1, HIGHEST_NS])(
    'puts %d into the bucket that begins at or just below it',
    (value) => {
      const { counts, maxNs } = native.histogramOf(Float64Array.of(value));
      const bucket = counts.indexOf(1);
      expect(counts.reduce((sum, count) => sum + count)).toBe(1);
      expect(lowestValueOf(bucket)).toBeLessThanOrEqual(value);
      expect(lowestValueOf(bucket + 1)).toBeGreaterThan(value);
      expect(maxNs).toBe(value);
    },
  );

  it('counts values above a minute as a minute', () => {
    const histogram = histogramOf([HIGHEST_NS * 3]);
    expect(histogram.totalCount).toBe(1);
    expect(Math.abs(histogram.maxValue - HIGHEST_NS)).toBeLessThanOrEqual(HIGHEST_NS / 1000);
  });
});
