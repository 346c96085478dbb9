import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { duelGoals } from '../bench/goals/duel-goals.ts';
import { duelRow } from '../bench/goals/duels.ts';
import { agreementRow } from '../bench/goals/generators.ts';
import { atLeast } from '../bench/goals/goal.ts';
import { goalsMarkdown, goalsSummary, withGoals } from '../bench/goals/run.ts';
import { selfCheckRows } from '../bench/goals/self-checks.ts';
import { slowerThan } from '../bench/goals/stopped.ts';
import { benchRunFixture } from './fixtures/bench-run.ts';

function ratio(value: number, low: number, high: number) {
  return { value, low, high, confidence: 0.95 };
}

describe('a goal', () => {
  it.each([
    [1.1, 1.05, 1.2, 'met'],
    [0.98, 0.95, 1.0, 'not missed'],
    [0.9, 0.8, 0.99, 'missed'],
  ] as const)(
    'of at least 1 with %s [%s, %s] is %s: missed only when the whole interval lies below',
    (value, low, high, verdict) => {
      expect(atLeast(1, 'x', 1, ratio(value, low, high)).verdict).toBe(verdict);
    },
  );

  it('is not judged, with the reason, when its opponent is not installed or its duels did not all happen', () => {
    const [goal] = duelGoals();
    if (!goal) throw new Error('there are goals');
    const { missing: _, ...installed } = goal;
    expect(duelRow({ ...goal, missing: 'libuv1-dev' }, { duels: [] }, 1)).toMatchObject({
      verdict: 'not judged',
      measured: 'not installed: libuv1-dev',
    });
    expect(duelRow(installed, { duels: [], why: 'it exited' }, 1)).toMatchObject({
      verdict: 'not judged',
      measured: 'it exited',
    });
    expect(duelRow(installed, { duels: [] }, 1).verdict).toBe('not judged');
  });

  it('of two generators is met when medians are within 10 %, or when ranges overlap', () => {
    const sharp = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5];
    expect(
      agreementRow(
        sharp,
        sharp.map((one) => one * 1.09),
      ).verdict,
    ).toBe('met');
    expect(
      agreementRow(
        sharp,
        sharp.map((one) => one * 1.2),
      ).verdict,
    ).toBe('missed');
    expect(agreementRow(sharp, [0.5, 0.7, 0.7, 0.7, 0.7, 0.7]).verdict).toBe('met');
  });

  it('of 100 self-checks counts those that contain 1, and takes the median half-width', () => {
    const good = Array.from({ length: 95 }, () => ratio(1, 0.98, 1.02));
    const bad = Array.from({ length: 5 }, () => ratio(1.1, 1.05, 1.15));
    expect(selfCheckRows([...good, ...bad]).map(({ verdict }) => verdict)).toEqual(['met', 'met']);
    expect(selfCheckRows([...good.slice(1), ...bad, ...bad.slice(4)])[1]).toMatchObject({
      measured: '94 of 100',
      verdict: 'missed',
    });
    expect(selfCheckRows([...good, ...bad.slice(1), undefined])[1]?.measured).toBe('95 of 100');
    expect(selfCheckRows([...good.slice(1), ...bad, undefined])[1]?.measured).toBe('94 of 100');
    expect(selfCheckRows(good)[0]?.verdict).toBe('not judged');
  });

  it('counts the slow replies of a stopped server exactly', () => {
    const histogram = build();
    histogram.recordValueWithCount(1_000_000, 3000);
    histogram.recordValueWithCount(500_000_000, 1000);
    expect(slowerThan(histogram, 10_000_000)).toBe(1000);
    expect(slowerThan(histogram, 600_000_000)).toBe(0);
    expect(slowerThan(histogram, 1)).toBe(4000);
  });
});

describe('the table of goals', () => {
  const rows = [
    atLeast(1, 'C / libuv', 1, ratio(1.1, 1, 1.2)),
    atLeast(5, 'TypeScript / C', 0.85, ratio(0.7, 0.6, 0.8)),
  ];
  const markdown = goalsMarkdown(rows, benchRunFixture().environment, new Date('2026-11-23T00:00:00Z'), {
    othersCores: 0.04,
    stealCores: 0,
    overMs: 1,
  });

  it('shows each goal with its interval, and the misses in bold', () => {
    expect(markdown).toContain('| 1 | C / libuv | >= 1.00 | 1.10 [1.00, 1.20] | met |');
    expect(markdown).toContain('| 5 | TypeScript / C | >= 0.85 | 0.70 [0.60, 0.80] | **missed** |');
  });

  it('ends with the sum, the date, the commit and the machine', () => {
    expect(goalsSummary(rows)).toBe('1 met, 0 not missed, 1 missed, 0 not judged');
    expect(markdown).toMatch(/CPU used by others: 0\.04 cores\.$/);
    expect(markdown).toMatch(
      /1 met, 0 not missed, 1 missed, 0 not judged\. 2026-11-23, commit 0123456789ab, 2 x Some CPU/,
    );
  });

  it('replaces the marked block and nothing else', () => {
    const text = 'a\n<!-- goals:begin -->\nold\n<!-- goals:end -->\nb\n';
    expect(withGoals(text, 'new $&')).toBe('a\n<!-- goals:begin -->\nnew $&\n<!-- goals:end -->\nb\n');
    expect(() => withGoals('no block', 'new')).toThrow(/no block/);
  });
});
