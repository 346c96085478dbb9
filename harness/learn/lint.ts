/**
 * `make lint-exercises`: proves what the authors promise. Every solution passes its checks in both languages; every stub compiles
 * without a warning and fails at least one; and what lint-files.ts says of the files.
 *
 * Stubs are stripped anew into build/stubs/ and judged there, so that a learner's copy is never looked at.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { arenaMode } from '../arena.ts';
import { count } from '../checks/result.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { inParallelTold } from '../in-parallel.ts';
import { summaryLine } from '../report/text.ts';
import { type Author, buildExercise } from './build.ts';
import { cumulativeChecks, type Exercise, findExercise, readExercises } from './exercise.ts';
import { exerciseProblems, treeProblems } from './lint-files.ts';
import { LEARNER_DEADLINE_MS, type Outcome, runCumulative } from './run.ts';
import type { Language } from './strip.ts';
import { freshStubs, writeStub } from './stubs.ts';
import { verdictText } from './verdict-text.ts';

export interface LintOptions {
  root: string;
  /** Id or folder of one exercise. */
  only?: string | undefined;
  signal?: AbortSignal;
  /** Gets one line, or the text of a failure, as soon as it is known. */
  print: (text: string) => void;
  /** Default: in CI, where what stands in exercises/ is what was committed. */
  strict?: boolean;
}

/** A promise that is kept, or what breaks it. */
interface Finding {
  what: string;
  /** What to tell of one that is kept. */
  note?: string;
  problem?: string;
}

/** One seed for all: what fails in CI fails at home. */
const FACTS = { seed: 1, tier: 'quick' } as const;
/** Mostly they wait: for a stub to stay silent, for a limit of time to pass. */
const TRIALS_AT_A_TIME = 2;

/** Counts the promises that are kept and broken. @throws {Refusal} when there is no such exercise */
export async function lint(options: LintOptions): Promise<{ passed: number; failed: number }> {
  const { root, only, signal, print, strict = Boolean(process.env.CI) } = options;
  const { exercises, problems } = readExercises(root);
  if (exercises.length === 0 && problems.length === 0)
    throw new Refusal('exercises/ holds no exercise', ExitCode.noInput);
  const chosen = only === undefined ? exercises : [findExercise(exercises, only)];
  const sum = { passed: 0, failed: 0 };
  const tell = (finding: Finding): void => {
    sum[finding.problem === undefined ? 'passed' : 'failed']++;
    print(findingText(finding));
  };
  tell(finding('manifests, given files and stubs', [...problems, ...treeProblems(root, exercises, strict)]));
  for (const exercise of chosen) tell(finding(`${exercise.folder}: files`, exerciseProblems(root, exercise)));
  if (!stripAll(root, exercises)) return sum;
  const trials = chosen.flatMap((exercise) =>
    exercise.languages.flatMap((language) =>
      trialsOf(language).map((trial) => ({ exercise, language, ...trial })),
    ),
  );
  await inParallelTold(
    trials,
    TRIALS_AT_A_TIME,
    async (trial) => (signal?.aborted ? undefined : proved(root, exercises, trial, signal)),
    (found) => found && tell(found),
  );
  return sum;
}

function finding(what: string, problems: readonly string[]): Finding {
  return problems.length > 0 ? { what, problem: problems.join('\n') } : { what };
}

function findingText({ what, note, problem }: Finding): string {
  if (problem === undefined) return `ok    ${what}${note ? `: ${note}` : ''}`;
  return `FAIL  ${what}\n${problem.replaceAll(/^/gm, '      ')}`;
}

/** False when a marker stands wrong, which has been told by then. */
function stripAll(root: string, exercises: readonly Exercise[]): boolean {
  rmSync(join(root, 'build', 'stubs'), { recursive: true, force: true });
  try {
    for (const { path, text } of freshStubs(root, exercises))
      writeStub(root, { path: path.replace(/^exercises\//, 'build/stubs/'), text });
    return true;
  } catch {
    return false;
  }
}

interface Trial {
  exercise: Exercise;
  language: Language;
  author: Exclude<Author, 'learner'>;
  flavour: 'sanitize' | 'release';
}

function trialsOf(language: Language): Pick<Trial, 'author' | 'flavour'>[] {
  const stub = { author: 'stub', flavour: 'sanitize' } as const;
  const solution = { author: 'solution', flavour: 'release' } as const;
  return language === 'ts' ? [solution, stub] : [solution, { ...solution, flavour: 'sanitize' }, stub];
}

async function proved(
  root: string,
  exercises: readonly Exercise[],
  { exercise, language, author, flavour }: Trial,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  const sanitized = language === 'c' && author === 'solution' && flavour === 'sanitize' ? ' (sanitized)' : '';
  const what = `${exercise.folder}: ${author} in ${language === 'ts' ? 'TypeScript' : 'C'}${sanitized}`;
  const built = await buildExercise(exercise, language, { root, author, flavour, signal });
  if (!built.ok) return { what, problem: `does not build:\n${built.messages}` };
  const checks = cumulativeChecks(exercises, exercise);
  const outcome = await runCumulative({
    ...{ ...FACTS, spec: built.spec, checks, signal },
    ...(author === 'stub' ? { stopAtFirst: true, deadlineMs: LEARNER_DEADLINE_MS } : {}),
  });
  if (signal?.aborted) return { what, problem: 'interrupted' };
  if (author === 'solution') return solutionFinding(what, outcome, verdictText(outcome, built.spec, FACTS));
  const { firstFailure } = outcome;
  if (firstFailure) return { what, note: `fails ${firstFailure.id}, as it should` };
  return {
    what,
    problem: 'passes every check: cut more of the solution out, or add a check for what it lacks',
  };
}

function solutionFinding(what: string, outcome: Outcome, verdict: string): Finding {
  const missed = arenaMode() === 'require' && count(outcome.results).notJudged > 0;
  if (outcome.passed && !missed)
    return { what, note: `${summaryLine(outcome.results)}, ${(outcome.durationMs / 1000).toFixed(1)} s` };
  return { what, problem: verdict };
}
