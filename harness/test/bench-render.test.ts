import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseContender } from '../bench/contenders.ts';
import { planRun, QUICK } from '../bench/plan.ts';
import { MARKDOWN, renderRun, terminalStyle } from '../bench/render.ts';
import { benchRun, publishedSchema } from '../bench/schema.ts';
import { duration, Status } from '../bench/status.ts';
import { type Column, markdownTable, terminalTable } from '../bench/table.ts';
import { ROOT } from '../servers.ts';
import { benchRunFixture, scenarioResult } from './fixtures/bench-run.ts';

const columns: Column<{ name: string; size: number }>[] = [
  { title: 'name', cell: ({ name }) => name },
  { title: 'size', align: 'right', cell: ({ size }) => String(size) },
];
const rows = [
  { name: 'a|b', size: 5 },
  { name: 'long name', size: 12345 },
];

describe('a table', () => {
  it('is aligned on a terminal, without trailing spaces', () => {
    expect(terminalTable(columns, rows)).toBe(
      ['name        size', '---------  -----', 'a|b            5', 'long name  12345'].join('\n'),
    );
  });

  it('is Markdown with the same columns', () => {
    expect(markdownTable(columns, rows)).toBe(
      ['| name | size |', '| --- | ---: |', '| a\\|b | 5 |', '| long name | 12345 |'].join('\n'),
    );
  });

  it('has titles even when it has no rows', () => {
    expect(terminalTable(columns, [])).toBe('name  size\n----  ----');
  });
});

describe('the report of a run', () => {
  const plain = terminalStyle((text) => text);
  const text = renderRun(benchRunFixture(), plain);

  it('says which way the ratio goes', () => {
    expect(text).toContain('TypeScript / C');
    expect(text).toContain('above 1, TypeScript is faster');
  });

  it('shows ratio, interval and verdict of a scenario in one line', () => {
    expect(text).toMatch(
      /^64x1 .* 0\.53 {2}\[0\.50, 0\.56\] {2}C is 1\.89x \[1\.79, 2\.00\] of TypeScript$/m,
    );
  });

  it('shows latency, throughput, CPU time and system calls of each server', () => {
    expect(text).toMatch(/^64x1 +C +100,000 +600\.0 +900\.0 +1500 +4000 +6\.00 \(1\.00 \+ 5\.00\) +2\.03$/m);
    expect(text).toMatch(/^64x1 +TypeScript +53,000 /m);
  });

  it('shows each term of the datagram books', () => {
    expect(text).toMatch(/^udp-64 +C +1,000 +990 +1 +2 +7 +0 +balanced$/m);
  });

  it('shows memory, floor, self-check, noise, missing peers and the machine', () => {
    expect(text).toContain('0.10 KiB (over 1,000 connections)');
    expect(text).toContain('40,000/s, p50 25.0 us');
    expect(text).toContain(
      'Self-check (C against itself, 64x1): 1.001 [0.990, 1.012], half-width 1.1 %: fine',
    );
    expect(text).toContain('CPU used by others: 0.04 cores');
    expect(text).toContain('Peers not installed: go-echo (golang-go)');
    expect(text).toContain('commit 0123456789ab, 2 x Some CPU');
    expect(text).toContain('6 duels, 97 % for the median');
  });

  it('says why system calls were not measured, once', () => {
    const scenario = scenarioResult();
    if (!scenario.a || !scenario.b) throw new Error('the fixture has both sides');
    const systemCallsPerMessage = { notMeasured: 'perf is not installed; strace is not installed' };
    const scenarios = [
      {
        ...scenario,
        a: { ...scenario.a, systemCallsPerMessage },
        b: { ...scenario.b, systemCallsPerMessage },
      },
    ];
    const lines = renderRun(benchRunFixture({ scenarios }), plain).split('\n');
    expect(lines.filter((line) => line.includes('perf is not installed'))).toEqual([
      'System calls: not measured: perf is not installed; strace is not installed',
    ]);
  });

  it('says that it was interrupted, and what failed', () => {
    const partial = renderRun(benchRunFixture({ complete: false, failures: ['round 2, bulk: gone'] }), plain);
    expect(partial).toContain('interrupted: what was measured so far');
    expect(partial).toContain('Failed: round 2, bulk: gone');
  });

  it('says once why scenarios were left out', () => {
    const leftOut = [
      { id: 'bulk', why: 'no tcp-echo' },
      { id: '64x1', why: 'no tcp-echo' },
    ];
    expect(renderRun(benchRunFixture({ leftOut }), plain)).toContain('Left out: bulk, 64x1: no tcp-echo\n');
  });

  it('has the same figures as Markdown', () => {
    expect(renderRun(benchRunFixture(), MARKDOWN)).toContain('| 64x1 | C | 100,000 | 600.0 | 900.0 |');
  });
});

describe('the published schema', () => {
  it('is fresh: it is what the code says (`bench --schema` prints it)', () => {
    const file = join(ROOT, 'harness', 'bench', 'results.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(publishedSchema()));
  });

  it('admits the fixture, and refuses a figure that is a text', () => {
    expect(benchRun.safeParse(benchRunFixture()).success).toBe(true);
    expect(benchRun.safeParse({ ...benchRunFixture(), durationMs: '5' }).success).toBe(false);
  });
});

describe('progress', () => {
  const plan = async () =>
    planRun({
      a: await parseContender('ts'),
      b: await parseContender('c'),
      timing: QUICK,
      only: ['bulk'],
      peers: [],
    });

  it('is plain lines where there is no terminal, with the time left', async () => {
    const written: string[] = [];
    const one = await plan();
    const status = new Status(one, { write: (text) => written.push(text) }, false);
    status.begins(one.steps[0] as (typeof one.steps)[number], 0);
    status.progress({ phase: 'measuring', messages: 5, elapsedMs: 1 });
    status.tells('round 1, bulk: ratio 0.800');
    expect(written).toHaveLength(1);
    expect(written[0]).toMatch(/^round 1, bulk: ratio 0\.800 \(0:\d\d left\)\n$/);
  });

  it('is one rewritten line on a terminal, with rate and time left, cut to its width', async () => {
    const written: string[] = [];
    const one = await plan();
    const status = new Status(one, { write: (text) => written.push(text), columns: 60 }, true);
    status.begins(one.steps[2] as (typeof one.steps)[number], 2);
    status.progress({ phase: 'measuring', messages: 0, elapsedMs: 0 });
    status.progress({ phase: 'measuring', messages: 1000, elapsedMs: 500 });
    expect(written.every((text) => text.startsWith('\r\u001b[2K'))).toBe(true);
    expect(written.at(-1)).toMatch(/3\/\d+ {2}round 1, bulk {2}measuring, [\d,]+ messages\/s/);
    for (const text of written) expect(text.slice('\r\u001b[2K'.length).length).toBeLessThanOrEqual(59);
    status.end();
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  it('writes minutes and seconds', () => {
    expect([0, 59_600, 61_000, 605_000].map(duration)).toEqual(['0:00', '1:00', '1:01', '10:05']);
  });
});
