/**
 * `compare`: what a learner's server does beside the solution and the reference servers, once it passes. harness/learn measures by the
 * bench; this checks first, prints and ends.
 */
import { Command, Option } from 'commander';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { interruptible } from '../interrupt.ts';
import { LEARNER_DEADLINE_MS, runCumulative } from '../learn/run.ts';
import { LANGUAGES, type Language } from '../learn/strip.ts';
import { randomSeed, seedNumber } from './arguments.ts';
import { type ChosenExercise, chooseExercise } from './check-exercise.ts';
import { refuseBadArenaMode } from './chosen.ts';

interface Options {
  track?: Language;
  quick?: true;
  seed?: number;
  json?: true;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('measure what you wrote for an exercise beside its solution and the reference servers')
    .argument('<exercise>', 'its id: framed-server')
    .addOption(new Option('--track <track>', 'the language that you wrote it in').choices(LANGUAGES))
    .option('--quick', 'within a minute, no verdict')
    .option('--seed <n>', 'seed of payloads and bootstrap', seedNumber)
    .option('--json', 'print one JSON document instead of text')
    .action(compare);
}

async function compare(word: string, options: Options): Promise<void> {
  refuseBadArenaMode();
  const { track, seed = randomSeed() } = options;
  const chosen = await chooseExercise({ exercise: word, ...(track ? { track } : {}) });
  await interruptible(async (signal) => {
    await refuseUnlessPassed(chosen, seed, signal);
    if (!signal.aborted) await measure(chosen, seed, signal, options);
  });
}

/** The figure of a server that answers wrongly is worth nothing. It may have been edited since it passed. */
async function refuseUnlessPassed(
  { exercise, language, spec, checks }: ChosenExercise,
  seed: number,
  signal: AbortSignal,
): Promise<void> {
  const run = { spec, checks, seed, tier: 'quick', signal, stopAtFirst: true } as const;
  const { passed, firstFailure } = await runCumulative({ ...run, deadlineMs: LEARNER_DEADLINE_MS });
  if (passed || signal.aborted) return;
  const why = firstFailure ? `it fails ${firstFailure.id}` : 'nothing could be judged';
  throw new Refusal(
    `${exercise.id}/${language} does not pass yet (${why}): nothing was measured; first \`make check EX=${exercise.id} TRACK=${language}\``,
    ExitCode.failed,
  );
}

async function measure(
  { exercise, language }: ChosenExercise,
  seed: number,
  signal: AbortSignal,
  { quick = false, json }: { quick?: boolean; json?: boolean },
): Promise<void> {
  // Loaded only here: they bring the load engine.
  const { comparedServers, compareServers, scenariosOf, timingFor } = await import('../learn/compare.ts');
  const { comparedRows, comparisonText, whatTheFiguresMean, whyTheyDiffer } = await import(
    '../learn/compare-text.ts'
  );
  const { learner, others } = await comparedServers(exercise, language);
  const settings = { timing: timingFor(quick), quick, seed, signal, progress: process.stderr };
  const runs = await compareServers(learner, others, scenariosOf(exercise.suite), settings);
  const why = [...whyTheyDiffer(runs), ...whatTheFiguresMean(runs)];
  const document = { schema: 'comparison', version: 1, exercise: exercise.id, track: language, quick, seed };
  const text = json
    ? JSON.stringify({ ...document, rows: comparedRows(runs), why, runs }, null, 2)
    : comparisonText(runs);
  process.stdout.write(`${text}\n`);
  // A server that takes one connection after another fails at many, and was still compared.
  const compared = runs.every(({ scenarios }) => scenarios.some(({ ratio }) => ratio !== undefined));
  if (!compared && !signal.aborted) process.exitCode = ExitCode.failed;
}
