/** Percentiles of known samples. */
import { describe, expect, it } from 'vitest';
import { formatMs, summarizeLatencies } from '../latency.ts';

describe('summarizeLatencies', () => {
  it('takes nearest ranks of the sorted samples', () => {
    const samples = Array.from({ length: 200 }, (_, k) => 200 - k);
    expect(summarizeLatencies(samples)).toEqual({
      samples: 200,
      minMs: 1,
      p50Ms: 100,
      p99Ms: 198,
      maxMs: 200,
    });
  });

  it('gives the one sample there is for everything', () => {
    expect(summarizeLatencies([7])).toEqual({ samples: 1, minMs: 7, p50Ms: 7, p99Ms: 7, maxMs: 7 });
  });

  it('gives nothing for no sample', () => {
    expect(summarizeLatencies([])).toBeUndefined();
  });
});

describe('formatMs', () => {
  it.each([
    [0.0512, '0.051 ms'],
    [99.9994, '99.999 ms'],
    [100, '100.0 ms'],
    [60_000.06, '60000.1 ms'],
  ])('writes %f as %s', (ms, text) => expect(formatMs(ms)).toBe(text));
});
