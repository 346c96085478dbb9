/**
 * One attempt of the watch loop: builds what the learner has saved, runs what the exercise demands, and tells how far it is. And
 * the same, in short, for all exercises that were begun.
 *
 * Knows no screen and no keys: it tells events of loop-state.ts.
 */
import type { ArenaReserve } from '../arena.ts';
import type { RunFacts } from '../report/fields.ts';
import { type BuildOptions, buildExercise, typeScriptServer } from './build.ts';
import { cumulativeChecks, type Exercise } from './exercise.ts';
import { below, Judging } from './judging.ts';
import type { LoopEvent } from './loop-state.ts';
import { whereToLook } from './places.ts';
import { planReset } from './reset.ts';
import { runCumulative } from './run.ts';
import type { Language } from './strip.ts';
import { failureLine, verdictText } from './verdict-text.ts';

export interface AttemptOptions {
  root: string;
  exercises: readonly Exercise[];
  language: Language;
  /** Number that its events carry. */
  attempt: number;
  seed: number;
  /** How long a check waits for something to happen. */
  deadlineMs: number;
  color: boolean;
  typeErrors: NonNullable<BuildOptions['typeErrors']>;
  reserve: ArenaReserve;
  tell: (event: LoopEvent) => void;
  /** Ends it at once; nothing is told after that. */
  signal: AbortSignal;
}

/** @throws {HarnessTrouble} for anything that is not the learner's */
export async function attemptExercise(exercise: Exercise, options: AttemptOptions): Promise<void> {
  const { root, exercises, language, attempt, signal, tell } = options;
  const startedAt = performance.now();
  const judging = new Judging(exercise, options);
  if (language === 'ts') judging.begin(typeScriptServer(exercise, root));
  try {
    const built = await buildExercise(exercise, language, options);
    if (signal.aborted) return;
    if (!built.ok) {
      const report = `${built.messages}\n\nit does not build: repair the first error`;
      return tell({ kind: 'ended', attempt, report, passed: false });
    }
    const { spec, messages } = built;
    tell({ kind: 'built', attempt, total: cumulativeChecks(exercises, exercise).length, report: messages });
    const judged = await judging.told(spec, messages);
    if (signal.aborted) return;
    // The time that is told is the learner's: from the save on.
    const outcome = { ...judged, durationMs: performance.now() - startedAt };
    const verdict = verdictText(outcome, spec, runFacts(options), whereToLook(root, exercise, language));
    tell({ kind: 'ended', attempt, report: below(messages, verdict), passed: outcome.passed });
  } finally {
    await judging.end();
  }
}

/** A line for each exercise that has the track. @param onPassed is told of each that passes */
export async function attemptAll(
  options: AttemptOptions,
  onPassed: (exercise: Exercise) => void,
): Promise<void> {
  const { exercises, language, attempt, signal, tell } = options;
  for (const exercise of exercises.filter(({ languages }) => languages.includes(language))) {
    const line = await lineOf(exercise, options, onPassed);
    if (signal.aborted) return;
    tell({ kind: 'line', attempt, line: `${exercise.number}  ${exercise.id}: ${line}` });
  }
  tell({ kind: 'all ran', attempt });
}

/** As soon as one check has failed, the others do not matter here. */
async function lineOf(
  exercise: Exercise,
  options: AttemptOptions,
  onPassed: (exercise: Exercise) => void,
): Promise<string> {
  const { root, exercises, language, signal } = options;
  if (planReset(root, exercise, language).work.length === 0) return 'not begun';
  const built = await buildExercise(exercise, language, { ...options, color: false });
  if (!built.ok) return `does not build: ${built.messages.split('\n')[0]}`;
  const checks = cumulativeChecks(exercises, exercise);
  const { reserve } = options;
  const run = { ...runFacts(options), spec: built.spec, checks, reserve, signal, stopAtFirst: true };
  const { passed, firstFailure } = await runCumulative(run);
  if (passed) onPassed(exercise);
  if (firstFailure) return failureLine(firstFailure);
  return passed ? 'passed' : 'not judged';
}

function runFacts({ seed, deadlineMs }: AttemptOptions): RunFacts & { deadlineMs: number } {
  return { seed, tier: 'quick', deadlineMs };
}
