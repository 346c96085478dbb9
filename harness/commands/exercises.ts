/**
 * `exercises`, `reset`, `progress` and `lint-exercises`: what learners and authors do with exercises beside checking them. The
 * work stands in harness/learn.
 */
import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { interruptible } from '../interrupt.ts';
import { findExercise, loadExercises } from '../learn/exercise.ts';
import { forgetPassed, progressTable, readProgress } from '../learn/progress.ts';
import { planReset, type ResetPlan, reset } from '../learn/reset.ts';
import { LANGUAGES, type Language, StripError } from '../learn/strip.ts';
import { writeStubs } from '../learn/stubs.ts';
import { ROOT } from '../servers.ts';
import { refuseBadArenaMode } from './chosen.ts';

export function exerciseCommands(): Command[] {
  return [
    new Command('exercises')
      .description('write the given files and the stubs of exercises/ from solutions/; work is left alone')
      .action(writeExercises),
    new Command('reset')
      .description('give the stub of an exercise back, and keep what stands there in a backup')
      .argument('<exercise>', 'its id: half-close')
      .addOption(new Option('--track <track>', 'only this language').choices(LANGUAGES))
      .option('--yes', 'do not ask')
      .action(resetExercise),
    new Command('progress')
      .description('show which exercises are passed, on both tracks')
      .action(() => print(progressTable(loadExercises(), readProgress(ROOT, warn)))),
    new Command('lint-exercises')
      .description(
        'prove the exercises: every solution passes, every stub compiles and fails, nothing is missing',
      )
      .option('--only <exercise>', 'only this one')
      .action(lintExercises),
  ];
}

function writeExercises(): void {
  const { written, removed, kept } = refusingBadMarkers(() => writeStubs(ROOT, loadExercises()));
  for (const path of written) print(`wrote    ${path}`);
  for (const path of removed) print(`removed  ${path}`);
  for (const path of kept) print(`kept     ${path}: somebody has worked on it`);
  print(`${written.length} written, ${removed.length} removed, ${kept.length} kept`);
  if (kept.length > 0)
    throw new Refusal(
      'what is work is never overwritten: `make reset EX=...` keeps it in a backup and gives the stub back',
      ExitCode.failed,
    );
}

interface ResetOptions {
  track?: Language;
  yes?: true;
}

async function resetExercise(word: string, { track, yes }: ResetOptions): Promise<void> {
  const exercise = findExercise(loadExercises(), word);
  if (track && !exercise.languages.includes(track))
    throw new Refusal(`${exercise.id} is not offered on the track ${track}`);
  const wanted = track ? [track] : exercise.languages;
  for (const language of wanted) {
    const plan = refusingBadMarkers(() => planReset(ROOT, exercise, language));
    if (plan.restored.length === 0) print(`${exercise.id}/${language} is the stub already`);
    else if (yes || (await isWanted(plan))) resetPlanned(plan);
    else print(`${exercise.id}/${language} stays as it is`);
  }
}

function resetPlanned(plan: ResetPlan): void {
  const backup = reset(ROOT, plan);
  for (const { path } of plan.restored) print(`restored ${path}`);
  print(backup === undefined ? 'nothing had to be kept' : `your version is kept in ${backup}/`);
  forgetPassed(ROOT, plan.exercise, plan.language, warn);
}

/** Asks, where there is somebody to ask. */
async function isWanted({ exercise, language, work, restored }: ResetPlan): Promise<boolean> {
  if (work.length === 0) return true;
  if (!process.stdin.isTTY)
    throw new Refusal(`reset would replace ${work.join(', ')}: say so with YES=1 (--yes)`);
  for (const { path } of restored) print(`would be replaced: ${path}`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(
      `Give the stub of ${exercise.id}/${language} back, and keep your version in a backup? [y/N] `,
    );
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

async function lintExercises({ only }: { only?: string }): Promise<void> {
  refuseBadArenaMode();
  // Loaded only here: it brings the executor.
  const { lint } = await import('../learn/lint.ts');
  await interruptible(async (signal) => {
    const { passed, failed } = await lint({ root: ROOT, only, signal, print });
    print(`${passed} passed, ${failed} failed`);
    if (failed > 0) process.exitCode = ExitCode.failed;
  });
}

/** A marker that stands wrong is the author's to repair: one line. */
function refusingBadMarkers<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StripError) throw new Refusal(error.message, ExitCode.badData);
    throw error;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function warn(line: string): void {
  process.stderr.write(`${line}\n`);
}
