/**
 * `coverage`: which branches of the two codecs their cases reach, and exit 1 when one is not.
 *
 * Both codecs run the vectors and the cases of one seed; C also its own tests, in which every allocation fails once.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { CodecProcess } from '../fuzz/codec-process.ts';
import { makeInC, typescriptCodec } from '../fuzz/codecs.ts';
import { BRANCH_GOAL_PERCENT, type FileCoverage, percent, withoutUnreachable } from '../fuzz/coverage.ts';
import { readGcov } from '../fuzz/coverage-c.ts';
import { readV8 } from '../fuzz/coverage-ts.ts';
import { disagreementOn, search } from '../fuzz/differential.ts';
import { knownCases } from '../fuzz/known-cases.ts';
import { findProgram } from '../path-search.ts';
import { ROOT } from '../servers.ts';
import { seedNumber } from './arguments.ts';

const CASES = 20_000;
/** Not drawn: a figure of coverage is to be the same for the same sources. */
const DEFAULT_SEED = 1;
const C_DIRECTORY = join(ROOT, 'servers-c');
const C_OUTPUT = join(ROOT, 'build/coverage');

export function coverageCommand(): Command {
  return new Command('coverage')
    .description('measure which branches of the codecs are reached')
    .addOption(new Option('--seed <number>', 'of the cases').argParser(seedNumber).default(DEFAULT_SEED))
    .action(coverage);
}

async function coverage({ seed }: { seed: number }): Promise<void> {
  const files = [...(await coverageOfTypescript(seed)), ...(await coverageOfC(seed))].map(withoutUnreachable);
  process.stdout.write(`${table(files)}\n`);
  const short = files.filter(({ branches }) => percent(branches) < BRANCH_GOAL_PERCENT);
  for (const { file, branches } of short)
    process.stdout.write(`${file}: not reached: ${branches.missed.join(', ')}\n`);
  if (short.length > 0) process.exitCode = ExitCode.failed;
}

async function coverageOfTypescript(seed: number): Promise<FileCoverage[]> {
  const reports = mkdtempSync(join(tmpdir(), 'v8-coverage-'));
  process.env.NODE_V8_COVERAGE = reports;
  try {
    await runCases(typescriptCodec(), seed);
    return readV8(ROOT, 'servers-ts/wire', reports);
  } finally {
    delete process.env.NODE_V8_COVERAGE;
    rmSync(reports, { recursive: true });
  }
}

async function coverageOfC(seed: number): Promise<FileCoverage[]> {
  if (findProgram('gcov') === undefined)
    throw new Refusal('gcov was not found (Debian, Ubuntu: apt-get install gcc)', ExitCode.unavailable);
  makeInC(C_DIRECTORY, 'coverage', 'CC=gcc');
  const objects = join(C_OUTPUT, 'obj/wire');
  for (const name of readdirSync(objects)) if (name.endsWith('.gcda')) rmSync(join(objects, name));
  const { status, stdout } = spawnSync(join(C_OUTPUT, 'servers-c'), [], {
    cwd: C_DIRECTORY,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Refusal(`the C tests failed:\n${stdout}`, ExitCode.failed);
  await runCases(new CodecProcess('C', [join(C_OUTPUT, 'codec')]), seed);
  return readGcov(C_DIRECTORY, objects);
}

async function runCases(codec: CodecProcess, seed: number): Promise<void> {
  for (const { name, bytes } of knownCases())
    if (await disagreementOn(bytes, [codec]))
      throw new Refusal(`${codec.name} fails ${name}`, ExitCode.failed);
  const { disagreement } = await search([codec], { seed, cases: CASES });
  const died = await codec.end();
  if (disagreement ?? died)
    throw new Refusal(`${codec.name} fails cases of seed ${seed}: make fuzz tells`, ExitCode.failed);
}

function table(files: readonly FileCoverage[]): string {
  const rows = files.map(({ file, lines, branches }) => [
    file,
    `${lines.total - lines.missed.length}/${lines.total}`,
    `${branches.total - branches.missed.length}/${branches.total}`,
    `${percent(branches).toFixed(1)} %`,
  ]);
  const all = [['', 'lines', 'branches', ''], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
