import { describe, expect, it } from 'vitest';
import {
  blockBootstrap,
  blockLength,
  medianWithRange,
  pairRatios,
  seededRandom,
} from '../bench/statistics.ts';

describe('the interval over several duels', () => {
  it('is the median with the smallest and the largest of six, and covers the true median with 31 of 32', () => {
    const estimate = medianWithRange([0.5, 0.47, 0.4, 0.44, 0.46, 0.49]);
    expect(estimate.value).toBeCloseTo(0.465, 12);
    expect([estimate.low, estimate.high]).toEqual([0.4, 0.5]);
    expect(estimate.confidence).toBe(31 / 32);
  });

  it('promises nothing for a single duel', () => {
    expect(medianWithRange([0.5])).toEqual({ value: 0.5, low: 0.5, high: 0.5, confidence: 0 });
  });

  it('does what it promises: over many draws of six, the true median lies inside 97 % of the ranges', () => {
    const random = seededRandom(5);
    const draws = 20_000;
    let covered = 0;
    for (let i = 0; i < draws; i++) {
      // Exponential: skewed, so that nothing rests on symmetry. Its median is ln 2.
      const { low, high } = medianWithRange(Array.from({ length: 6 }, () => -Math.log(1 - random())));
      if (low <= Math.LN2 && Math.LN2 <= high) covered++;
    }
    expect(covered / draws).toBeGreaterThan(31 / 32 - 0.005);
    expect(covered / draws).toBeLessThan(31 / 32 + 0.005);
  });

  it('refuses to make a figure of nothing', () => {
    expect(() => medianWithRange([])).toThrow(RangeError);
  });
});

/** Ratios of a server against itself: true value 1, neighbours correlated by `rho`, spread 8 % as on a real machine. */
function syntheticSelfCheck(random: () => number, rho: number, count: number): number[] {
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const ratios: number[] = [];
  let state = gauss();
  for (let i = 0; i < count; i++) {
    state = rho * state + Math.sqrt(1 - rho * rho) * gauss();
    ratios.push(Math.exp(0.08 * state));
  }
  return ratios;
}

describe('the bootstrap within a duel', () => {
  it.each([0, 0.3, 0.5])('covers the truth in 95 of 100 runs when neighbours correlate by %s', (rho) => {
    const random = seededRandom(11);
    const runs = 400;
    let covered = 0;
    for (let seed = 0; seed < runs; seed++) {
      const series = syntheticSelfCheck(random, rho, 190);
      const { low, high } = blockBootstrap([series], { seed, resamples: 300 });
      if (low <= 1 && high >= 1) covered++;
    }
    // The truth is 0.95 or a little more; 400 runs scatter by 0.011.
    expect(covered / runs).toBeGreaterThan(0.93);
    expect(covered / runs).toBeLessThan(0.995);
  });

  it('is wider when neighbours resemble each other, which drawing single values would hide', () => {
    const width = (rho: number): number => {
      const { low, high } = blockBootstrap([syntheticSelfCheck(seededRandom(3), rho, 190)], { seed: 1 });
      return high - low;
    };
    expect(width(0.8)).toBeGreaterThan(1.3 * width(0));
  });

  it('gives the same interval for the same seed, and another for another', () => {
    const series = [syntheticSelfCheck(seededRandom(2), 0.3, 100)];
    expect(blockBootstrap(series, { seed: 7 })).toEqual(blockBootstrap(series, { seed: 7 }));
    expect(blockBootstrap(series, { seed: 7 })).not.toEqual(blockBootstrap(series, { seed: 8 }));
  });

  it('narrows with more data, and takes several duels as series of their own', () => {
    const random = seededRandom(4);
    const one = syntheticSelfCheck(random, 0.3, 190);
    const six = [one, ...Array.from({ length: 5 }, () => syntheticSelfCheck(random, 0.3, 190))];
    const width = (series: number[][]): number => {
      const { low, high } = blockBootstrap(series, { seed: 1 });
      return high - low;
    };
    expect(width(six)).toBeLessThan(width([one]));
  });

  it('does not let one disturbed pair move the figure', () => {
    const series = Array.from({ length: 101 }, () => 1);
    series[50] = 1000;
    expect(blockBootstrap([series], { seed: 1 })).toMatchObject({ value: 1, low: 1, high: 1 });
  });

  it('takes blocks that grow with the number of pairs and never exceed it', () => {
    expect([1, 2, 8, 27, 190].map(blockLength)).toEqual([1, 2, 4, 6, 11]);
  });
});

describe('the ratio of each pair of slices', () => {
  it('is A over B', () => {
    expect(pairRatios(Float64Array.of(50, 100, 30, 20))).toEqual([0.5, 1.5]);
  });

  it('leaves out pairs in which one side finished nothing', () => {
    expect(pairRatios(Float64Array.of(0, 100, 30, 0, 10, 10))).toEqual([1]);
  });
});
