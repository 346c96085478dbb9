/**
 * `check --exercise`: builds what a student has written, or the solution, and runs what the exercise demands. The first failure
 * is shown in full, the others as a line each.
 *
 * Says it once and ends; the loop that watches files is another command. Building and running stand in harness/learn.
 */
import type { CheckResult } from '../checks/result.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { type Author, buildExercise } from '../learn/build.ts';
import { cumulativeChecks, type Exercise, findExercise, loadExercises } from '../learn/exercise.ts';
import { whereToLook } from '../learn/places.ts';
import { markPassed, nextExercise, readProgress } from '../learn/progress.ts';
import { LEARNER_DEADLINE_MS, type Outcome, runCumulative } from '../learn/run.ts';
import type { Language } from '../learn/strip.ts';
import { verdictText } from '../learn/verdict-text.ts';
import type { RunFacts } from '../report/fields.ts';
import { ProgressLine } from '../report/progress.ts';
import { ROOT, type ServerSpec, type Track } from '../servers.ts';
import type { Chosen } from './chosen.ts';
import { isMeant } from './chosen.ts';

export interface ExerciseChoice {
  exercise: string;
  track?: Track;
  solution?: true;
  id?: string[];
}

/** A server of an exercise that was built, with what it is checked for. */
export interface ChosenExercise extends Chosen {
  exercise: Exercise;
  exercises: readonly Exercise[];
  language: Language;
  author: Author;
  /** All that the exercise demands is checked: passing it counts. */
  whole: boolean;
}

/** Builds it. @throws {Refusal} when there is no such exercise or it does not build; the compiler's words are printed before */
export async function chooseExercise(choice: ExerciseChoice): Promise<ChosenExercise> {
  const exercises = loadExercises();
  const exercise = findExercise(exercises, choice.exercise);
  const language = languageOf(exercise, choice.track);
  const author = choice.solution ? 'solution' : 'learner';
  const all = cumulativeChecks(exercises, exercise);
  const checks = choice.id ? all.filter((check) => choice.id?.some((word) => isMeant(check, word))) : all;
  if (checks.length === 0)
    throw new Refusal(`${exercise.id} demands none of these checks: it demands ${idsOf(all)}`);
  const spec = await build(exercise, language, author, choice.track);
  return { exercise, exercises, language, author, spec, checks, whole: !choice.id };
}

function idsOf(checks: readonly { id: string }[]): string {
  return checks.map(({ id }) => id).join(', ');
}

/** TypeScript unless it is said otherwise. @throws {Refusal} when the exercise does not have the language */
function languageOf({ id, languages }: Exercise, track: Track | undefined): Language {
  const language = track === undefined ? languages[0] : track === 'ts' ? 'ts' : 'c';
  if (language && languages.includes(language)) return language;
  throw new Refusal(`${id} is not offered in this language: give TRACK=${languages.join(' or TRACK=')}`);
}

/** A student's C is always sanitized; of the solution both builds can be had. */
async function build(
  exercise: Exercise,
  language: Language,
  author: Author,
  track: Track | undefined,
): Promise<ServerSpec> {
  const flavour = author === 'solution' && track !== 'c-sanitize' ? 'release' : 'sanitize';
  const color = process.stderr.hasColors?.() ?? false;
  const built = await buildExercise(exercise, language, { author, flavour, color });
  if (built.messages !== '') process.stderr.write(`${built.messages}\n\n`);
  if (built.ok) return built.spec;
  throw new Refusal(
    `${exercise.id}/${language} does not build: nothing was checked; repair the first error, then look again`,
    ExitCode.badData,
  );
}

/** Runs the checks, prints the verdict, marks the progress. Sets the exit code. */
export async function checkExercise(chosen: ChosenExercise, facts: RunFacts): Promise<void> {
  const outcome = await runWithProgressLine(chosen, facts);
  const { exercise, language, author } = chosen;
  const where = author === 'learner' ? whereToLook(ROOT, exercise, language) : undefined;
  process.stdout.write(`${verdictText(outcome, chosen.spec, facts, where)}\n`);
  if (!outcome.passed) process.exitCode = ExitCode.failed;
  else if (author === 'learner' && chosen.whole) celebrate(chosen);
}

async function runWithProgressLine({ spec, checks }: ChosenExercise, facts: RunFacts): Promise<Outcome> {
  const line = new ProgressLine();
  let done = 0;
  const onResult = (_: CheckResult): void => line.show(`${spec.name}: ${++done} of ${checks.length} checks`);
  const outcome = await runCumulative({ ...facts, spec, checks, deadlineMs: LEARNER_DEADLINE_MS, onResult });
  line.clear();
  return outcome;
}

/** Marks the exercise, and says which one comes next. */
function celebrate({ exercise, exercises, language }: ChosenExercise): void {
  const warn = (line: string): void => void process.stderr.write(`${line}\n`);
  markPassed(ROOT, exercise, language, warn);
  const next = nextExercise(exercises, readProgress(ROOT, warn), language);
  const then = next
    ? `next: exercises/${next.folder}/README.md, then \`make check EX=${next.id} TRACK=${language}\``
    : 'that was the last one: every exercise is passed on this track';
  process.stdout.write(`\n${exercise.id} is passed; ${then}\n`);
}
