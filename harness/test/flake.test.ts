import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { besideBusyCore } from '../flake/busy-core.ts';
import { entriesOf, type FlakePlan, missingPasses, nextBatch, type PassEntry } from '../flake/pass.ts';
import { ratesOf, upperBound } from '../flake/rates.ts';
import { flakeMarkdown, flakeReport, flakeReportSchema, flakeText } from '../flake/report.ts';
import { parseStat } from '../process-tree.ts';
import { withBlock } from '../report/marked-block.ts';
import { commandServer, ROOT } from '../servers.ts';

const plan: FlakePlan = {
  revision: 'abc',
  tier: 'quick',
  servers: ['a', 'b'].map((name) => ({
    spec: { ...commandServer('tcp-echo', ['true']), name },
    checkIds: ['tcp.echo-basic', 'tcp.keep-open'],
  })),
  passes: 3,
  seed: 1,
};

/** The entries of a whole run in which everything passed. */
function allPassed(of: FlakePlan = plan): PassEntry[] {
  return missingPasses(of, []).map(({ spec, checkIds, pass, seed, loaded }) => ({
    ...{
      revision: of.revision,
      at: '2026-01-01T00:00:00.000Z',
      server: spec.name,
      tier: of.tier,
      pass,
      seed,
      loaded,
    },
    durationMs: 10,
    outcomes: Object.fromEntries(checkIds.map((id) => [id, { verdict: 'pass', durationMs: 5 } as const])),
  }));
}

describe('the upper bound of a rate', () => {
  it.each([
    [0, 1, 0.95],
    [0, 200, 1 - 0.05 ** (1 / 200)],
    [0, 30_000, 1 - 0.05 ** (1 / 30_000)],
    // From tables of the binomial distribution.
    [1, 20, 0.216_106],
    [5, 10, 0.777_559],
    [2, 1000, 0.006_283],
  ])('of %i failures in %i runs is %d', (failed, runs, bound) => {
    expect(upperBound(failed, runs)).toBeCloseTo(bound, 5);
  });

  it.each([
    [0, 0],
    [7, 7],
  ])('is 1 for %i failures in %i runs', (failed, runs) => {
    expect(upperBound(failed, runs)).toBe(1);
  });
});

describe('the plan of a flake run', () => {
  it('takes the servers in turn, every second pass of each beside a busy core, each pass with a seed of its own', () => {
    const passes = missingPasses(plan, []);
    expect(passes.map(({ spec, pass, loaded }) => `${spec.name}${pass}${loaded ? ' loaded' : ''}`)).toEqual([
      'a1',
      'b1',
      'a2 loaded',
      'b2 loaded',
      'a3',
      'b3',
    ]);
    expect(new Set(passes.map(({ seed }) => seed)).size).toBe(6);
  });

  it('leaves out what was done, whatever the order', () => {
    const done = allPassed()
      .filter(({ pass, server }) => !(pass === 2 && server === 'a'))
      .reverse();
    expect(missingPasses(plan, done).map(({ spec, pass }) => `${spec.name}${pass}`)).toEqual(['a2']);
  });

  it.each<[string, Partial<FlakePlan>]>([
    ['other sources', { revision: 'def' }],
    ['the other tier', { tier: 'full' }],
    ['another seed', { seed: 2 }],
    ['other checks', { servers: plan.servers.map((one) => ({ ...one, checkIds: ['tcp.echo-basic'] })) }],
  ])('does not count passes of %s', (_, change) => {
    expect(entriesOf({ ...plan, ...change }, allPassed())).toEqual([]);
    expect(entriesOf(plan, allPassed())).toHaveLength(6);
  });

  it('counts the passes that there are when fewer are asked for, and goes on from them when more are', () => {
    expect(entriesOf({ ...plan, passes: 1 }, allPassed())).toHaveLength(2);
    const more = { ...plan, passes: 4 };
    expect(missingPasses(more, entriesOf(more, allPassed())).map(({ pass }) => pass)).toEqual([4, 4]);
  });

  it('counts a pass that ended by trouble of the harness: it is not tried until it is well', () => {
    const [first] = allPassed();
    if (!first) throw new Error('there is a first pass');
    const trouble = { ...first, outcomes: {}, trouble: 'the arena ended early' };
    expect(entriesOf(plan, [trouble])).toEqual([trouble]);
  });

  it('runs only passes beside each other that are loaded alike, and no more than asked for', () => {
    const names = (width: number, from = 0): string[] =>
      nextBatch(missingPasses(plan, []).slice(from), width).map(({ spec, pass }) => `${spec.name}${pass}`);
    expect([names(1), names(3), names(9, 2)]).toEqual([['a1'], ['a1', 'b1', 'a3'], ['a2', 'b2']]);
  });
});

describe('the report of a flake run', () => {
  const entries = allPassed();
  const flaky = entries.map((entry) =>
    entry.server === 'b' && entry.pass === 2
      ? {
          ...entry,
          outcomes: {
            ...entry.outcomes,
            'tcp.keep-open': {
              verdict: 'fail' as const,
              durationMs: 900,
              text: 'FAIL  tcp.keep-open\n  replay: make check',
            },
            'tcp.echo-basic': { verdict: 'not judged' as const, durationMs: 0, why: 'no arena' },
          },
        }
      : entry,
  );
  const ids = ['tcp.echo-basic', 'tcp.keep-open', 'tcp.never-ran'];

  it('counts for each check how often it failed, and how often beside a busy core', () => {
    expect(ratesOf(ids, flaky)).toEqual([
      {
        id: 'tcp.echo-basic',
        runs: 5,
        failed: 0,
        failedLoaded: 0,
        notJudged: 1,
        upperBound: upperBound(0, 5),
        slowestMs: 5,
      },
      {
        id: 'tcp.keep-open',
        runs: 6,
        failed: 1,
        failedLoaded: 1,
        notJudged: 0,
        upperBound: upperBound(1, 6),
        slowestMs: 900,
      },
    ]);
  });

  it('shows every failure in full, with seed and pass, and ends with the counts', () => {
    const report = flakeReport(plan, ids, flaky);
    const lines = stripVTControlCharacters(flakeText(report, flaky)).split('\n');
    expect(lines).toContain('  replay: make check');
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}pass 2 of b, seed \d+, beside a busy core$/));
    expect(lines).toContain('1 of 11 runs of a check failed: with 95 % confidence fewer than 36 % do');
    expect(lines.at(-1)).toBe('10 passed, 1 failed, 1 not judged (no arena)');
  });

  it('is the document that its schema describes', () => {
    const report = flakeReport(plan, ids, flaky);
    expect(flakeReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(report).toMatchObject({ complete: true, total: { runs: 11, failed: 1, notJudged: 1 } });
  });

  it('says that it is not complete, and what went wrong in the harness itself', () => {
    const [first] = entries;
    if (!first) throw new Error('there is a first pass');
    const report = flakeReport(plan, ids, [{ ...first, outcomes: {}, trouble: 'the arena ended early' }]);
    expect(report.complete).toBe(false);
    expect(flakeText(report, [])).toContain('trouble of the harness in pass 1 of a');
    expect(flakeMarkdown(report, 'here')).toContain('The run was not complete');
  });
});

describe('a marked block', () => {
  it('is replaced, and nothing around it', () => {
    const document = 'before\n<!-- x:begin -->\nold\nolder\n<!-- x:end -->\nafter\n';
    expect(withBlock(document, 'x', 'new $& text')).toBe(
      'before\n<!-- x:begin -->\nnew $& text\n<!-- x:end -->\nafter\n',
    );
  });

  it.each(['', '<!-- y:begin -->\n<!-- y:end -->', '<!-- x:end -->\n<!-- x:begin -->\n'])(
    'is not found in %j',
    (document) => expect(withBlock(document, 'x', 'new')).toBeUndefined(),
  );
});

describe('the process that keeps a core busy', () => {
  const PROGRAM = join(ROOT, 'harness', 'flake', 'keep-core-busy.ts');
  const busyChildren = (): number[] =>
    readdirSync('/proc')
      .filter(
        (name) => /^\d+$/.test(name) && commandLine(name).includes(`keep-core-busy.ts\0${process.pid}\0`),
      )
      .map(Number);

  it('uses CPU while the work runs, and is gone after it', async () => {
    await besideBusyCore(async () => {
      await expect.poll(busyChildren).toHaveLength(1);
      const ticks = (): number =>
        parseStat(readFileSync(`/proc/${busyChildren()[0]}/stat`, 'latin1'))?.cpuTicks ?? 0;
      const before = ticks();
      await expect.poll(ticks, { timeout: 20_000 }).toBeGreaterThan(before + 20);
    });
    expect(busyChildren()).toEqual([]);
  });

  it('is gone after work that fails', async () => {
    const work = besideBusyCore(async () => {
      throw new Error('no luck');
    });
    await expect(work).rejects.toThrow('no luck');
    expect(busyChildren()).toEqual([]);
  });

  it('ends by itself when the process that it works for is gone', async () => {
    const child = spawn(process.execPath, [PROGRAM, '1'], { stdio: 'ignore' });
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

describe('the command flake', () => {
  const TINY = `${process.execPath} ${join(ROOT, 'harness', 'test', 'fixtures', 'tiny-echo.ts')}`;
  const UNRULY = `${process.execPath} ${join(ROOT, 'harness', 'test', 'fixtures', 'unruly.ts')}`;
  const folder = mkdtempSync(join(tmpdir(), 'flake-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function start(name: string, ...words: string[]): ChildProcess {
    const fixed = ['--server', 'tcp-echo', '--results', join(folder, name), '--revision', 'test'];
    return spawn(process.execPath, ['harness/cli.ts', 'flake', ...fixed, ...words], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ARENA: 'off' },
    });
  }

  async function ended(
    child: ChildProcess,
  ): Promise<{ code: number | null; stdout: string; stderr: string }> {
    if (!child.stdout || !child.stderr) throw new Error('stdout and stderr are pipes');
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { code: ((await closed) as [number | null])[0], stdout, stderr };
  }

  const flake = (name: string, ...words: string[]) => ended(start(name, ...words));

  it('repeats a check, every second time beside a busy core, and keeps each pass', async () => {
    const { code, stdout } = await flake('right', '--cmd', TINY, '--id', 'tcp.echo-basic', '--passes', '3');
    expect(stdout).toContain(`${TINY}: 3 passes, 1 beside a busy core`);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('3 passed, 0 failed, 0 not judged');
    expect(code).toBe(0);
    const kept = readFileSync(join(folder, 'right', 'flake-quick-test.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(kept.map((line) => JSON.parse(line)).map(({ pass, loaded }) => [pass, loaded])).toEqual([
      [1, false],
      [2, true],
      [3, false],
    ]);
  });

  it('goes on from what was kept, and begins anew with --fresh', async () => {
    const words = ['--cmd', TINY, '--id', 'tcp.echo-basic', '--json'];
    const first = await flake('resumed', ...words, '--passes', '1');
    expect(first.stderr).not.toContain('already');
    const second = await flake('resumed', ...words, '--passes', '2');
    expect(second.stderr).toContain('1 of 2 passes are in');
    const report = flakeReportSchema.parse(JSON.parse(second.stdout));
    expect(report.servers).toEqual([{ name: TINY, passes: 2, loaded: 1, troubles: 0 }]);
    const anew = await flake('resumed', ...words, '--passes', '1', '--fresh');
    expect(flakeReportSchema.parse(JSON.parse(anew.stdout)).servers[0]?.passes).toBe(1);
    expect(anew.stderr).not.toContain('already');
  });

  it('shows each failure with the command that replays it, and exits with code 1', async () => {
    const words = ['--cmd', `${UNRULY} exits-at-once`, '--id', 'ready.line', '--passes', '1'];
    const { code, stdout } = await flake('wrong', ...words);
    expect(stdout).toContain('it exited with code 3 before its ready line');
    expect(stdout).toMatch(/replay: make check S=tcp-echo CMD='.*' ID=ready\.line SEED=\d+/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed, 0 not judged');
    expect(code).toBe(1);
  });

  it('ends within 2 s of Ctrl-C, prints what was measured, and leaves nothing running', async () => {
    const words = [
      '--cmd',
      `${UNRULY} ignores-sigterm`,
      '--id',
      'ready.line,tcp.echo-basic',
      '--passes',
      '9',
    ];
    const child = start('interrupted', ...words);
    const end = ended(child);
    const busy = (): string | undefined =>
      readdirSync('/proc').find((pid) => commandLine(pid).includes(`keep-core-busy.ts\0${child.pid}\0`));
    // The second pass is under way when a core is kept busy, so the first has been kept.
    await expect.poll(busy, { timeout: 50_000 }).toBeDefined();
    const at = performance.now();
    child.kill('SIGINT');
    const { code, stdout } = await end;
    expect(performance.now() - at).toBeLessThan(2000);
    expect(stdout).toContain('1 pass, 0 beside a busy core\nnot complete');
    expect(code).toBe(130);
    await expect.poll(busy).toBeUndefined();
  });

  it('goes on after a crash in the middle of a line', async () => {
    const words = ['--cmd', TINY, '--id', 'tcp.echo-basic', '--passes', '1'];
    await flake('torn', ...words);
    const file = join(folder, 'torn', 'flake-quick-test.jsonl');
    appendFileSync(file, '{"revision":"te');
    const { code, stderr } = await flake('torn', ...words);
    expect([code, stderr]).toEqual([0, expect.stringContaining('1 of 1 passes are in')]);
  });
});
