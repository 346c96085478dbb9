/**
 * The exercises: what an exercise.json says, and all of them in their order.
 *
 * Reads and judges manifests only. Whether solutions, stubs and READMEs are as they should be, lint.ts says.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { catalogue } from '../checks/catalogue.ts';
import type { Check } from '../checks/check.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { ROOT, SUITES } from '../servers.ts';
import { LANGUAGES, type Language } from './strip.ts';

/** Hints of growing directness: where to look, what is wrong, what to write. */
export const HINTS = 3;

/** Checked of every server, whether an exercise lists it or not: of one that does not start, nothing else is worth a wait. */
const FIRST_CHECK = 'ready.line';

const FOLDER = /^(\d\d)-([a-z][a-z0-9-]*)$/;
const sentence = z.string().trim().min(1);
const fileName = z.string().regex(/^[a-z][a-z0-9-]*\.(ts|c|h)$/, 'must be a file name like server.ts');

const manifest = z.strictObject({
  id: z.string(),
  title: sentence,
  suite: z.enum(SUITES),
  languages: z.array(z.enum(LANGUAGES)).min(1),
  /** Ids of checks that are new here; what earlier exercises of the suite check is checked too. */
  checks: z.array(z.string()).min(1),
  hints: z.array(sentence).length(HINTS, `must be ${HINTS} hints, each more direct than the one before`),
  lab: sentence.optional(),
  /** What the student writes. */
  files: z.partialRecord(z.enum(LANGUAGES), z.array(fileName).min(1)),
});

/** An exercise.json, and where it stands. */
export interface Exercise extends z.infer<typeof manifest> {
  /** From 1, in the order in which they are done. */
  number: number;
  /** Name of its folder below exercises/ and solutions/: `02-half-close`. */
  folder: string;
}

export interface ReadExercises {
  exercises: Exercise[];
  /** A line each: file, field, what to do. */
  problems: string[];
}

/** All exercises whose manifests can be read, in order, and what is wrong with any of them. */
export function readExercises(root: string = ROOT): ReadExercises {
  const problems: string[] = [];
  const exercises = exerciseFolders(root).flatMap((folder) => readExercise(root, folder, problems));
  problems.push(...orderProblems(exercises), ...repeatedIds(exercises), ...repeatedChecks(exercises));
  return { exercises, problems };
}

/**
 * All exercises in order.
 * @throws {Refusal} with a line for each problem
 */
export function loadExercises(root: string = ROOT): Exercise[] {
  const { exercises, problems } = readExercises(root);
  if (problems.length > 0) throw new Refusal(problems.join('\n'), ExitCode.badData);
  return exercises;
}

/** The exercise of an id, or of a folder's name. @throws {Refusal} when there is none */
export function findExercise(exercises: readonly Exercise[], word: string): Exercise {
  const found = exercises.find(({ id, folder }) => id === word || folder === word);
  if (found) return found;
  const known = exercises.map(({ id }) => id).join(', ');
  throw new Refusal(`there is no exercise ${word}; there are: ${known || 'none yet'}`);
}

/** What a server of this exercise is checked for: that it starts, the checks of earlier ones of its suite, then its own. */
export function cumulativeChecks(exercises: readonly Exercise[], exercise: Exercise): Check[] {
  const ids = exercises
    .filter(({ suite, number }) => suite === exercise.suite && number <= exercise.number)
    .flatMap(({ checks }) => checks);
  return [...new Set([FIRST_CHECK, ...ids])].flatMap((id) => catalogue.filter((check) => check.id === id));
}

/** Path of a manifest from the root of the repository. */
export function manifestPath(folder: string): string {
  return `exercises/${folder}/exercise.json`;
}

function exerciseFolders(root: string): string[] {
  try {
    const entries = readdirSync(join(root, 'exercises'), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && FOLDER.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

function readExercise(root: string, folder: string, problems: string[]): Exercise[] {
  const path = manifestPath(folder);
  const [, number, slug] = FOLDER.exec(folder) ?? [];
  let text: string;
  try {
    text = readFileSync(join(root, path), 'utf8');
  } catch {
    problems.push(`${path}: cannot be read: every exercise has one (docs/exercises.md); git restores it`);
    return [];
  }
  const value = jsonOf(text);
  if (value === undefined) {
    problems.push(
      `${path}: is not JSON: look for a missing comma or quote; docs/exercises.md shows the form`,
    );
    return [];
  }
  const parsed = manifest.safeParse(value);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${path}: ${fieldOf(issue)}: ${issue.message}`));
    return [];
  }
  const exercise = { ...parsed.data, number: Number(number), folder };
  problems.push(...manifestProblems(exercise, slug).map((problem) => `${path}: ${problem}`));
  return [exercise];
}

/** Undefined when the text is no JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function fieldOf({ path }: z.core.$ZodIssue): string {
  return path.length > 0 ? path.join('.') : 'the whole file';
}

/** What the schema cannot say. */
function manifestProblems(exercise: Exercise, slug: string | undefined): string[] {
  const { id, languages, files, hints } = exercise;
  const surplus = Object.keys(files).filter((language) => !languages.includes(language as Language));
  return [
    ...(id === slug ? [] : [`id: must be the name of the folder without its number, ${slug}, got ${id}`]),
    ...languages.flatMap((language) => fileProblems(language, files[language])),
    ...surplus.map((language) => `files.${language}: add ${language} to languages, or take it out here`),
    ...(new Set(languages).size < languages.length ? ['languages: names one twice'] : []),
    ...(new Set(hints).size < hints.length ? ['hints: two are the same'] : []),
    ...checkProblems(exercise),
  ];
}

function fileProblems(language: Language, names: readonly string[] | undefined): string[] {
  if (names === undefined) return [`files.${language}: is missing: list what the student writes`];
  const foreign = names.filter((name) => name.endsWith('.ts') !== (language === 'ts'));
  return foreign.map((name) => `files.${language}: ${name} is not a file of this language`);
}

function checkProblems({ checks, suite }: Exercise): string[] {
  return checks.flatMap((id, index) => {
    const check = catalogue.find((candidate) => candidate.id === id);
    if (!check) return [`checks.${index}: there is no check ${id}: \`make list S=${suite}\` shows all`];
    return check.suites.includes(suite) ? [] : [`checks.${index}: ${id} does not apply to ${suite}`];
  });
}

function orderProblems(exercises: readonly Exercise[]): string[] {
  return exercises.flatMap(({ number, folder }, index) =>
    number === index + 1
      ? []
      : [`exercises/${folder}: is number ${index + 1} in order: numbers count from 01 without gaps`],
  );
}

function repeatedIds(exercises: readonly Exercise[]): string[] {
  return exercises.flatMap((exercise, index) => {
    const first = exercises.slice(0, index).find(({ id }) => id === exercise.id);
    return first ? [`${manifestPath(exercise.folder)}: id: ${exercise.id} is that of ${first.folder}`] : [];
  });
}

/** A check is new in one exercise of its suite. */
function repeatedChecks(exercises: readonly Exercise[]): string[] {
  const seen = new Map<string, string>();
  return exercises.flatMap(({ suite, checks, folder }) =>
    checks.flatMap((id, index) => {
      const first = seen.get(`${suite} ${id}`);
      seen.set(`${suite} ${id}`, first ?? folder);
      return first
        ? [`${manifestPath(folder)}: checks.${index}: ${id} is already one of ${first}: take it out here`]
        : [];
    }),
  );
}
