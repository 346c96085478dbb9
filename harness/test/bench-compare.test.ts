import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareRuns, hasRegression } from '../bench/compare.ts';
import type { BenchRun, ScenarioResult } from '../bench/schema.ts';
import { readRun, writeRun } from '../bench/store.ts';
import { benchRunFixture, scenarioResult, side } from './fixtures/bench-run.ts';

function runWith(
  ratio: { value: number; low: number; high: number },
  change: Partial<ScenarioResult> = {},
): BenchRun {
  const one = scenarioResult(change);
  if (!one.ratio) throw new Error('the fixture has a ratio');
  return benchRunFixture({ scenarios: [{ ...one, ratio: { ...one.ratio, ...ratio } }] });
}

const base = runWith({ value: 0.53, low: 0.5, high: 0.56 });

describe('a run compared with a saved one', () => {
  it('shows nothing when it is the same', () => {
    const comparison = compareRuns(base, base);
    expect(comparison).toMatchObject({ compared: 1, changes: [], notCompared: [] });
    expect(hasRegression(comparison)).toBe(false);
  });

  it('shows a loss when intervals are apart and medians differ by more than 5 %', () => {
    const comparison = compareRuns(runWith({ value: 0.45, low: 0.43, high: 0.49 }), base);
    expect(hasRegression(comparison)).toBe(true);
    expect(comparison.changes[0]?.words).toBe(
      'TypeScript lost ground to C, or C gained (ratio 0.530 -> 0.450, -15 %)',
    );
  });

  it('blames the other side when the ratio rises', () => {
    const { changes } = compareRuns(runWith({ value: 0.7, low: 0.65, high: 0.75 }), base);
    expect(changes[0]?.words).toMatch(/^C lost ground to TypeScript, or TypeScript gained/);
  });

  it('takes a larger latency for a loss', () => {
    const before = runWith({ value: 1, low: 0.9, high: 1.1 }, { figure: 'latency' });
    const after = runWith({ value: 1.5, low: 1.4, high: 1.6 }, { figure: 'latency' });
    expect(compareRuns(after, before).changes[0]?.words).toMatch(/^TypeScript lost ground to C/);
  });

  it('treats overlapping intervals as noise', () => {
    expect(compareRuns(runWith({ value: 0.47, low: 0.44, high: 0.501 }), base).changes).toEqual([]);
  });

  it('treats medians within 5 % as one figure, however sharp the intervals', () => {
    const before = runWith({ value: 0.5, low: 0.499, high: 0.501 });
    expect(compareRuns(runWith({ value: 0.48, low: 0.479, high: 0.481 }), before).changes).toEqual([]);
  });

  it('shows more system calls per message, for the one server that makes them', () => {
    const after = runWith(
      { value: 0.53, low: 0.5, high: 0.56 },
      { b: side({ systemCallsPerMessage: { calls: 3.1, by: 'perf' } }) },
    );
    const comparison = compareRuns(after, base);
    expect(comparison.changes.map(({ words }) => words)).toEqual([
      'C makes more system calls per message: 2.03 -> 3.10',
    ]);
    expect(hasRegression(comparison)).toBe(true);
  });

  it('does not compare counts of two tracers', () => {
    const after = runWith(
      { value: 0.53, low: 0.5, high: 0.56 },
      { b: side({ systemCallsPerMessage: { calls: 3.1, by: 'strace' } }) },
    );
    expect(compareRuns(after, base).changes).toEqual([]);
  });

  it.each([
    ['quick', 'quick: no verdict'],
    ['too-noisy', 'machine too noisy'],
  ] as const)('does not compare a scenario that was %s', (kind, words) => {
    const after = runWith({ value: 0.3, low: 0.3, high: 0.3 }, { verdict: { kind, words, remarks: [] } });
    const comparison = compareRuns(after, base);
    expect(comparison).toMatchObject({ compared: 0, changes: [] });
    expect(comparison.notCompared).toEqual([`64x1: this run: ${words}`]);
  });

  it('does not compare other contenders, nor a scenario that is missing', () => {
    const others = { ...base, contenders: { ...base.contenders, b: { label: 'x', text: './x' } } };
    expect(compareRuns(base, others).notCompared).toEqual(['64x1: other contenders (ts and ./x)']);
    expect(compareRuns(base, { ...base, scenarios: [] }).notCompared).toEqual([
      '64x1: the saved run does not have it',
    ]);
  });

  it('says what was compared, how noise was treated, and how the machines differ', () => {
    const environment = { ...base.environment, node: '26.0.0' };
    const { basis } = compareRuns({ ...base, environment }, base);
    expect(basis.join('\n')).toContain('the ratio TypeScript / C of each scenario');
    expect(basis.join('\n')).toContain('rates are not compared');
    expect(basis.join('\n')).toContain('The machines differ in node');
  });
});

describe('a saved run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('reads as it was written', () => {
    const file = join(folder, 'deep', 'run.json');
    writeRun(base, file);
    expect(readRun(file)).toEqual(base);
  });

  it.each([
    ['is not there', undefined, 66, /cannot read/],
    ['is not JSON', '{', 65, /is not JSON/],
    [
      'is of another version',
      JSON.stringify({ ...base, version: 99 }),
      65,
      /schema bench-run, version 2\): version/,
    ],
    ['lacks a part', JSON.stringify({ ...base, scenarios: undefined }), 65, /: scenarios: /],
  ])('is refused in one line when it %s', (_, text, exitCode, reason) => {
    const file = join(folder, 'bad.json');
    rmSync(file, { force: true });
    if (text !== undefined) writeFileSync(file, text);
    expect(() => readRun(file)).toThrow(
      expect.objectContaining({ exitCode, message: expect.stringMatching(reason) }),
    );
  });

  it('that cannot be written is refused with exit code 73', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeRun(base, join(folder, 'file', 'run.json'))).toThrow(
      expect.objectContaining({ exitCode: 73 }),
    );
  });
});
