/**
 * Runs libFuzzer on the C codec: it changes inputs and keeps those that reach new branches.
 *
 * What it finds are faults of C alone (a crash, a sanitizer's report, an oracle of servers-c/test/codec). The inputs that
 * it keeps are given back, so that both codecs can be held against each other on them.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../path-search.ts';
import { ROOT } from '../servers.ts';
import { makeInC } from './codecs.ts';
import { knownCases } from './known-cases.ts';

/** Enough for several frames and all modules; longer inputs only slow it down. */
const LONGEST_INPUT_BYTES = 1024;
/** libFuzzer takes a seed of 32 bits, and 0 as "draw one". */
const SEEDS = 2 ** 32 - 1;

export interface LibFuzzerRun {
  executions: number;
  /** Inputs that reach new branches, from this and earlier runs. */
  kept: Buffer[];
  /** Inputs that end the program. */
  crashes: Buffer[];
}

/** Why libFuzzer cannot run here, or `undefined`. */
export function whyNoLibFuzzer(): string | undefined {
  if (findProgram('clang') === undefined)
    return 'clang was not found (Debian, Ubuntu: apt-get install clang)';
  try {
    makeInC(join(ROOT, 'servers-c'), 'fuzz');
    return undefined;
  } catch (error) {
    const said = (error as Error).message.trim().split('\n').at(-1);
    return `clang cannot build with -fsanitize=fuzzer (Debian, Ubuntu: apt-get install libclang-rt-dev): ${said}`;
  }
}

/** Fuzzes for so long. whyNoLibFuzzer() has said that it can. */
export async function runLibFuzzer(timeMs: number, seed: number): Promise<LibFuzzerRun> {
  const folder = join(ROOT, 'build/fuzz');
  const [corpus, seeds, crashes] = ['corpus', 'seeds', 'crashes'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const stale of [seeds, crashes]) rmSync(stale, { recursive: true, force: true });
  for (const needed of [corpus, seeds, crashes]) mkdirSync(needed, { recursive: true });
  for (const { name, bytes } of knownCases()) {
    if (bytes.length <= LONGEST_INPUT_BYTES) writeFileSync(join(seeds, `${bytes[0]}-${name}`), bytes);
  }
  const said = await run(join(folder, 'codec'), [
    `-max_total_time=${Math.ceil(timeMs / 1000)}`,
    `-seed=${1 + (seed % SEEDS)}`,
    `-max_len=${LONGEST_INPUT_BYTES}`,
    '-print_final_stats=1',
    `-artifact_prefix=${crashes}/`,
    corpus,
    seeds,
  ]);
  const executions = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(said)?.[1] ?? 0);
  return { executions, kept: filesOf(corpus), crashes: filesOf(crashes) };
}

async function run(program: string, args: string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

function filesOf(folder: string): Buffer[] {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)));
}
