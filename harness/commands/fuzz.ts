/**
 * `fuzz`: holds the TypeScript and the C codec against each other, first on the vectors, then on cases that fast-check
 * makes, then on those that libFuzzer found worth keeping.
 *
 * What it finds it prints as a vector. How cases are made and judged stands in harness/fuzz/.
 */
import { Command, Option } from 'commander';
import { ExitCode } from '../exit-codes.ts';
import type { CodecProcess } from '../fuzz/codec-process.ts';
import { cCodec, typescriptCodec } from '../fuzz/codecs.ts';
import { type Disagreement, disagreementOn, search } from '../fuzz/differential.ts';
import { tell } from '../fuzz/finding.ts';
import { knownCases } from '../fuzz/known-cases.ts';
import { runLibFuzzer, whyNoLibFuzzer } from '../fuzz/libfuzzer.ts';
import { randomSeed, seedNumber, wholeNumber } from './arguments.ts';

const DEFAULT_TIME_S = 60;
const LONGEST_TIME_S = 86_400;
/** More than any machine does in the longest time. */
const WITHOUT_END = 2 ** 31 - 1;

interface Options {
  timeS: number;
  seed?: number;
}

export function fuzzCommand(): Command {
  return new Command('fuzz')
    .description('search for bytes on which the TypeScript and the C codec disagree')
    .addOption(
      new Option('--time-s <seconds>', 'how long to search')
        .argParser(wholeNumber(1, LONGEST_TIME_S))
        .default(DEFAULT_TIME_S),
    )
    .addOption(new Option('--seed <number>', 'replays the cases of fast-check').argParser(seedNumber))
    .action(fuzz);
}

async function fuzz({ timeS, seed = randomSeed() }: Options): Promise<void> {
  say(`seed ${seed}`);
  const codecs = [typescriptCodec(), cCodec()];
  const why = whyNoLibFuzzer();
  const timeMs = (timeS * 1000) / (why === undefined ? 2 : 1);

  const found =
    (await replay('the vectors', knownCases(), codecs)) ??
    (await byFastCheck(codecs, seed, timeMs)) ??
    (why === undefined ? await byLibFuzzer(codecs, seed, timeMs) : undefined);
  if (why !== undefined) say(`libFuzzer: left out: ${why}`);
  if (found !== undefined) fail(tell(found));
  for (const codec of codecs) {
    const died = await codec.end();
    if (died !== undefined) fail(`${codec.name}, at its end: ${died}`);
  }
}

function fail(text: string): void {
  say(text);
  process.exitCode = ExitCode.failed;
}

async function byFastCheck(codecs: readonly CodecProcess[], seed: number, timeMs: number) {
  const { cases, disagreement, path } = await search(codecs, { seed, cases: WITHOUT_END, timeMs });
  say(`fast-check: ${count(cases)} cases in ${timeMs / 1000} s at most, ${verdict(disagreement)}`);
  if (path !== undefined) say(`fast-check: seed ${seed}, path ${path}`);
  return disagreement;
}

/** A crash is shown as what both codecs make of it: C then says that it died, and why. */
async function byLibFuzzer(codecs: readonly CodecProcess[], seed: number, timeMs: number) {
  const { executions, kept, crashes } = await runLibFuzzer(timeMs, seed);
  say(`libFuzzer: ${count(executions)} executions in ${timeMs / 1000} s, ${crashes.length} crashes`);
  const cases = [...crashes, ...kept].map((bytes) => ({ bytes }));
  return replay('what libFuzzer keeps', cases, codecs);
}

async function replay(what: string, cases: readonly { bytes: Buffer }[], codecs: readonly CodecProcess[]) {
  let found: Disagreement | undefined;
  for (const { bytes } of cases) found ??= await disagreementOn(bytes, codecs);
  say(`${what}: ${count(cases.length)} cases, ${verdict(found)}`);
  return found;
}

const verdict = (found: Disagreement | undefined) => (found ? 'NOT all agree' : 'all agree');
const count = (number: number) => number.toLocaleString('en-US');

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
