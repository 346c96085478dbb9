/**
 * How mutants are planted, tried and reported. Which there are: mutants.test.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARGUED, type Argument, argumentFor } from '../mutate/argued.ts';
import { changeOf, LANGUAGES, type Mutant } from '../mutate/mutant.ts';
import { mutateMarkdown, mutateReport, mutateReportSchema, mutateText } from '../mutate/report.ts';
import type { MutantEntry, MutatePlan } from '../mutate/run.ts';
import { allMutants } from '../mutate/sources.ts';
import { tryMutant } from '../mutate/trial.ts';
import { Workbench } from '../mutate/workbench.ts';
import { commandServer, ROOT } from '../servers.ts';
import { readFile } from './repository-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'mutate-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Replaces the first `before` of a file by `after`. */
function mutantOf(file: string, before: string, after: string): Mutant {
  const start = readFile(file).indexOf(before);
  if (start === -1) throw new Error(`${file} has no ${before}`);
  const language = file.startsWith('servers-c') ? 'c' : 'ts';
  return { language, file, start, end: start + before.length, replacement: after, operator: 'statement' };
}

describe('a bench for mutants in C', () => {
  const bench = new Workbench(join(folder, 'c'));
  const BUILD_TIMEOUT_MS = 240_000;
  beforeAll(() => bench.prepare(['c']), BUILD_TIMEOUT_MS);

  it('builds the program that a mutant changes, and no other', { timeout: BUILD_TIMEOUT_MS }, async () => {
    const file = 'servers-c/udp-echo.c';
    const before = readFile(file);
    const mutant = mutantOf(
      file,
      'lifecycle_run(&service, &options) : code',
      'lifecycle_run(&service, &options) : code + 3',
    );
    expect(await bench.plant(mutant)).toEqual({ suites: ['udp-echo'] });
    expect(readFileSync(join(bench.root, file), 'utf8')).toContain(': code + 3');
    expect(readFile(file)).toBe(before);
  });

  it('does not count a mutant that makes the same program', { timeout: BUILD_TIMEOUT_MS }, async () => {
    expect(await bench.plant(mutantOf('servers-c/udp-echo.c', 'return code', 'return 0 + code'))).toEqual({
      discarded: 'the programs are the same, byte by byte',
    });
  });

  it('does not count a mutant that does not compile, and says why', {
    timeout: BUILD_TIMEOUT_MS,
  }, async () => {
    expect(await bench.plant(mutantOf('servers-c/udp-echo.c', 'return code', 'retrun code'))).toEqual({
      discarded: expect.stringMatching(/^does not compile: udp-echo\.c:\d+:\d+: error: /),
    });
  });

  it('takes a mutant out again', () => {
    bench.restore();
    expect(readFileSync(join(bench.root, 'servers-c/udp-echo.c'), 'utf8')).toBe(
      readFile('servers-c/udp-echo.c'),
    );
  });
});

describe('a bench for mutants in TypeScript', () => {
  const bench = new Workbench(join(folder, 'ts'));

  it('has the servers and not their tests', async () => {
    await bench.prepare(['ts']);
    expect(existsSync(join(bench.root, 'servers-ts', 'framed.ts'))).toBe(true);
    expect(existsSync(join(bench.root, 'servers-ts', 'test'))).toBe(false);
    expect(existsSync(join(bench.root, 'servers-c'))).toBe(false);
  });

  it('has one mutant at a time', async () => {
    const first = mutantOf('servers-ts/udp-echo.ts', 'import', '/* first */ import');
    const second = mutantOf('servers-ts/tcp-echo.ts', 'import', '/* second */ import');
    expect(await bench.plant(first)).toEqual({ suites: ['udp-echo'] });
    expect(await bench.plant(second)).toEqual({ suites: ['tcp-echo'] });
    expect(bench.original('servers-ts/tcp-echo.ts')).not.toContain('/* second */');
    expect(readFileSync(join(bench.root, 'servers-ts', 'udp-echo.ts'), 'utf8')).not.toContain('/* first */');
  });

  it('ends a server that allocates without end', async () => {
    const hungry = 'const kept = [];\nfor (;;) kept.push(new Uint8Array(64 * 1024 * 1024).fill(1));\n';
    mkdirSync(join(folder, 'hungry', 'servers-ts'), { recursive: true });
    writeFileSync(join(folder, 'hungry', 'servers-ts', 'tcp-echo.ts'), hungry);
    const { argv } = new Workbench(join(folder, 'hungry')).server('tcp-echo', 'ts');
    const [program, ...words] = argv;
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const stderr = await text(child.stderr);
    expect(stderr).toMatch(/allocation failed|out of memory/i);
  });
});

describe('the trial of a mutant', () => {
  const fixture = (name: string, ...words: string[]) =>
    commandServer('tcp-echo', [process.execPath, join(ROOT, 'harness', 'test', 'fixtures', name), ...words]);

  it('names the check that fails and its server', async () => {
    const servers = [fixture('tiny-echo.ts'), { ...fixture('unruly.ts', 'exits-at-once'), name: 'unruly' }];
    expect(await tryMutant(servers, 1, ['ready.line', 'tcp.echo-basic'])).toEqual({
      outcome: 'killed',
      by: 'ready.line',
      saw: expect.stringMatching(/, got it exited with code 3 before its ready line$/),
      server: 'unruly',
    });
  });

  it('lets a server live that no check fails', async () => {
    expect(await tryMutant([fixture('tiny-echo.ts')], 1, ['tcp.echo-basic'])).toEqual({
      outcome: 'survived',
    });
  });
});

describe('the arguments for survivors', () => {
  const present = new Map(
    LANGUAGES.flatMap((language) => allMutants(ROOT, language)).map((mutant) => {
      const { before, after } = changeOf(readFile(mutant.file), mutant);
      return [`${mutant.file}: ${mutant.operator}: ${before} -> ${after}`, { ...mutant, before, after }];
    }),
  );

  it.each(ARGUED.map((argument) => [argument.file, argument.before, argument] as const))(
    'in %s are for a mutant that there is: %s',
    (_file, _before, argument) => {
      expect([...present.values()].some((mutant) => argumentFor(mutant, [argument]))).toBe(true);
    },
  );

  it('hold for their line and kind of change, and where they name one for that change alone', () => {
    const argument: Argument = {
      ...{ file: 'servers-c/x.c', before: 'a < b', operators: ['relational'] },
      ...{ because: 'equivalent', why: 'a is never b' },
    };
    const entry = {
      file: 'servers-c/x.c',
      before: 'a < b',
      after: 'a <= b',
      operator: 'relational',
    } as const;
    expect(argumentFor(entry, [argument])).toBe(argument);
    expect(argumentFor(entry, [{ ...argument, after: 'a <= b' }])).toBeDefined();
    expect(argumentFor(entry, [{ ...argument, after: 'a > b' }])).toBeUndefined();
    expect(argumentFor({ ...entry, operator: 'constant' }, [argument])).toBeUndefined();
    expect(argumentFor({ ...entry, file: 'servers-c/y.c' }, [argument])).toBeUndefined();
  });
});

describe('the report of mutants', () => {
  const plan: MutatePlan = { revision: 'abc', languages: ['ts', 'c'], wanted: 2, seed: 1 };
  const entry = (language: 'ts' | 'c', outcome: MutantEntry['outcome'], more = {}): MutantEntry => ({
    ...{
      revision: 'abc',
      at: '2026-01-01T00:00:00.000Z',
      language,
      file: `x.${language}`,
      line: 3,
      column: 5,
    },
    ...{ operator: 'relational', before: 'a < b', after: 'a <= b', outcome, durationMs: 10 },
    ...more,
  });
  const killed = { by: 'tcp.echo-basic', server: 'tcp-echo/c' };
  const entries = [
    entry('ts', 'killed', killed),
    entry('ts', 'survived'),
    entry('c', 'discarded', { why: 'does not compile' }),
    entry('c', 'killed', killed),
    entry('c', 'trouble', { why: 'the arena ended early' }),
  ];

  it('shows each survivor as a change at its place, and ends with the counts', () => {
    const lines = mutateText(mutateReport(plan, entries)).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'x.ts:3  relational',
      '  - a < b',
      '  + a <= b',
      '  survived; no argument: a missing check?',
    ]);
    expect(lines).toContain(
      'ts: 1 of 2 killed: 50 % killed; of 1 that survived 0 are argued for (50 % in all); 0 drawn were not counted',
    );
    expect(lines.at(-1)).toBe('2 passed, 1 failed, 1 not judged (trouble of the harness)');
  });

  it('is the document that its schema describes, and says whether it is complete', () => {
    const report = mutateReport(plan, entries);
    expect(mutateReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
    expect(report.complete).toBe(true);
    expect(mutateReport(plan, entries.slice(1)).complete).toBe(false);
    expect(mutateMarkdown(report, 'here')).toContain('| c | 1 | 0 | 0 | 1 | 100 % | 100 % |');
  });
});

describe('the command mutate', () => {
  async function mutate(...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const fixed = ['--results', join(folder, 'results'), '--revision', 'test', '--track', 'ts'];
    const child = spawn(process.execPath, ['harness/cli.ts', 'mutate', ...fixed, ...words], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ARENA: 'off' },
    });
    const closed = once(child, 'close');
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    const [code] = (await closed) as [number];
    return { code, stdout: stripVTControlCharacters(stdout), stderr };
  }

  it('gives as many verdicts as were asked for, keeps them, and does not ask twice', async () => {
    const first = await mutate('--mutants', '2', '--id', 'ready.line', '--seed', '1');
    expect(first.stdout).toMatch(
      /\n2 passed, 0 failed, 0 not judged\n$|\n\d passed, [12] failed, 0 not judged\n$/,
    );
    const file = join(folder, 'results', 'mutate-test-ready.line.jsonl');
    const kept = readFileSync(file, 'utf8');
    expect(kept.trimEnd().split('\n')).toHaveLength(2);
    expect(first.code).toBe(first.stdout.includes(' 0 failed') ? 0 : 1);
    const second = await mutate('--mutants', '2', '--id', 'ready.line', '--seed', '1');
    expect(second.stdout).toBe(first.stdout);
    expect(readFileSync(file, 'utf8')).toBe(kept);
  });

  it.each([
    [['--mutants', '0'], 'whole number from 1'],
    [['--track', 'rust'], 'Allowed choices are ts, c'],
    [['--id', 'tcp.teapot'], 'there is no check tcp.teapot'],
  ])('refuses %j with one line', async (words, part) => {
    const { code, stderr } = await mutate(...words);
    expect([code, stderr.trimEnd().split('\n').length]).toEqual([64, 1]);
    expect(stderr).toContain(part);
  });
});
