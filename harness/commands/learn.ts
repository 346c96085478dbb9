/**
 * `learn`: the loop in which a learner works. Finds the next exercise, and checks it at each save. Without a terminal it checks
 * once, prints plain lines and ends with an exit code.
 *
 * The loop stands in harness/learn/loop.ts.
 */
import { constants } from 'node:os';
import { Command, Option } from 'commander';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { interruptible } from '../interrupt.ts';
import { type Exercise, findExercise, loadExercises } from '../learn/exercise.ts';
import { nextExercise, readProgress } from '../learn/progress.ts';
import { LANGUAGES, type Language } from '../learn/strip.ts';
import { COMPILE_CACHE_ENV, ROOT } from '../servers.ts';
import { randomSeed } from './arguments.ts';
import { refuseBadArenaMode } from './chosen.ts';

interface Options {
  track: Language;
  exercise?: string;
  poll?: true;
}

export function learnCommand(): Command {
  return new Command('learn')
    .description('the loop of learners: the next exercise, checked at each save; keys for hints and more')
    .addOption(new Option('--track <track>', 'the language').choices(LANGUAGES).default('ts'))
    .option('--exercise <id>', 'begin at this one: half-close')
    .addOption(
      new Option('--poll', 'look at the files every half second, without file events').env('LEARN_POLL'),
    )
    .action(learn);
}

async function learn({ track, exercise: word, poll }: Options): Promise<void> {
  refuseBadArenaMode();
  // The servers' and the arena's code need not be compiled at each save.
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE_ENV.NODE_COMPILE_CACHE;
  const exercises = loadExercises();
  if (exercises.length === 0) throw new Refusal('exercises/ holds no exercise', ExitCode.noInput);
  const exercise = word === undefined ? undefined : findExercise(exercises, word);
  if (exercise && !exercise.languages.includes(track))
    throw new Refusal(`${exercise.id} is not offered on the track ${track}`);
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb';
  if (isTerminal) return watchLoop(exercises, exercise, track, Boolean(poll));
  return checkOnce(exercises, exercise, track);
}

async function watchLoop(
  exercises: readonly Exercise[],
  exercise: Exercise | undefined,
  language: Language,
  poll: boolean,
): Promise<void> {
  const { learnLoop } = await import('../learn/loop.ts');
  const { LoopTerminal } = await import('../learn/loop-terminal.ts');
  const terminal = new LoopTerminal(process.stdin, process.stdout);
  await interruptible(async (signal) => {
    const options = { root: ROOT, exercises, language, exercise, poll, terminal, randomSeed, signal };
    if (await learnLoop(options)) process.exitCode = ExitCode.signalBase + constants.signals.SIGINT;
  });
  // Nothing is waited for: the type checker and keys that were pressed too late end here.
  process.exit();
}

async function checkOnce(
  exercises: readonly Exercise[],
  wanted: Exercise | undefined,
  track: Language,
): Promise<void> {
  const warn = (line: string): void => void process.stderr.write(`${line}\n`);
  const exercise = wanted ?? nextExercise(exercises, readProgress(ROOT, warn), track);
  if (!exercise) {
    process.stdout.write('every exercise is passed on this track\n');
    return;
  }
  process.stdout.write(`${exercise.id}: read exercises/${exercise.folder}/README.md\n`);
  const { checkExercise, chooseExercise } = await import('./check-exercise.ts');
  const chosen = await chooseExercise({ exercise: exercise.id, track });
  await checkExercise(chosen, { seed: randomSeed(), tier: 'quick' });
}
