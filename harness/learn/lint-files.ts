/**
 * What can be said about the exercises without building them: manifests, READMEs, markers, limits, stubs that are fresh, files
 * that nobody listed. lint.ts builds and runs.
 *
 * Judges what the authors wrote. A learner's edits in exercises/ are none of its business, unless it is strict: in CI, what
 * stands there is what was committed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeLines } from './code-lines.ts';
import { type Exercise, manifestPath } from './exercise.ts';
import type { Language } from './strip.ts';
import {
  exerciseStubs,
  filesIn,
  freshStubs,
  isRecorded,
  readStubHistory,
  type Stub,
  stubState,
} from './stubs.ts';

/** The sections of a README, in this order. */
const HEADINGS = ['Why', 'Task', 'Contract', 'Try it', 'Questions', 'What the reference server adds'].map(
  (title) => `## ${title}`,
);
const README_LINES = { least: 40, most: 90 };
/** Up to this number an exercise is one idea; from then on it is a server. */
const LAST_SMALL = 4;
const MOST_CODE_LINES = { small: 120, large: 200 };
const MOST_FILES = 3;

/** A line for each problem of one exercise: file, what is wrong, what to do. */
export function exerciseProblems(root: string, exercise: Exercise): string[] {
  return [
    ...readmeProblems(root, exercise),
    ...exercise.languages.flatMap((language) => solutionProblems(root, exercise, language)),
    ...unlistedSolutions(root, exercise),
  ];
}

/** The same for what belongs to all of them: given files, stubs, folders. @param strict nobody learns in this clone */
export function treeProblems(root: string, exercises: readonly Exercise[], strict: boolean): string[] {
  const orphans = foldersIn(root, 'solutions').filter(
    (folder) => folder !== 'given' && !exercises.some((exercise) => exercise.folder === folder),
  );
  return [
    ...orphans.map((folder) => `solutions/${folder}: there is no ${manifestPath(folder)} that can be read`),
    ...stubProblems(root, exercises, strict),
  ];
}

function readmeProblems(root: string, { folder, hints }: Exercise): string[] {
  const path = `exercises/${folder}/README.md`;
  const text = readOrNothing(root, path);
  if (text === undefined) return [`${path} is missing: it needs the sections ${HEADINGS.join(', ')}`];
  const { length } = text.trimEnd().split('\n');
  const headings = text.split('\n').filter((line) => line.startsWith('## '));
  const repeated = hints.filter((hint) => text.replace(/\s+/g, ' ').includes(hint));
  return [
    ...(length >= README_LINES.least && length <= README_LINES.most
      ? []
      : [`${path} has ${length} lines: it should have ${README_LINES.least} to ${README_LINES.most}`]),
    ...(headings.join('\n') === HEADINGS.join('\n')
      ? []
      : [`${path} has the sections ${headings.join(', ')}: it should have ${HEADINGS.join(', ')}`]),
    ...repeated.map((hint) => `${path} repeats a hint: take one of the two out: ${hint}`),
  ];
}

function solutionProblems(root: string, exercise: Exercise, language: Language): string[] {
  const { folder, number } = exercise;
  const from = `solutions/${folder}/${language}`;
  const listed = exercise.files[language] ?? [];
  const missing = listed.filter((name) => readOrNothing(root, `${from}/${name}`) === undefined);
  if (missing.length > 0)
    return missing.map((name) => `${from}/${name} is missing: ${manifestPath(folder)} lists it`);
  const lines = listed.map((name) => codeLines(readFileSync(join(root, from, name), 'utf8')));
  const sum = lines.reduce((a, b) => a + b, 0);
  const most = number <= LAST_SMALL ? MOST_CODE_LINES.small : MOST_CODE_LINES.large;
  return [
    ...(sum <= most
      ? []
      : [`${from}: what the student writes has ${sum} lines of code, the limit is ${most}`]),
    ...(listed.length <= MOST_FILES ? [] : [`${from}: the student writes in ${MOST_FILES} files at most`]),
    ...markerProblems(root, exercise, language),
  ];
}

/** A file has regions exactly when the manifest lists it. */
function markerProblems(root: string, exercise: Exercise, language: Language): string[] {
  const listed = exercise.files[language] ?? [];
  const stubs = attempt(() => exerciseStubs(root, exercise, language));
  if (typeof stubs === 'string') return [stubs];
  return stubs.flatMap(({ source, regions }) => {
    const isListed = listed.some((name) => source.endsWith(`/${name}`));
    if (isListed && regions.length === 0)
      return [`${source} has no region: mark what the student is to write, or take it out of files`];
    return !isListed && regions.length > 0
      ? [
          `${source}:${regions[0]?.line} has a region: list it in files.${language} of ${manifestPath(exercise.folder)}`,
        ]
      : [];
  });
}

function unlistedSolutions(root: string, { folder, languages }: Exercise): string[] {
  const from = `solutions/${folder}`;
  const stray = filesIn(root, from).map((name) => `${from}/${name}`);
  const folders = foldersIn(root, from).filter((name) => !languages.includes(name as Language));
  const foreign = languages.flatMap((language) =>
    [...filesIn(root, `${from}/${language}`), ...foldersIn(root, `${from}/${language}`)]
      .filter((name) => !(language === 'ts' ? /\.ts$/ : /\.[ch]$/).test(name))
      .map((name) => `${from}/${language}/${name}`),
  );
  const surplus = [...stray, ...folders.map((name) => `${from}/${name}`), ...foreign];
  return surplus.map(
    (path) => `${path} belongs to no language of the exercise: remove it, or list its language`,
  );
}

function stubProblems(root: string, exercises: readonly Exercise[], strict: boolean): string[] {
  const stubs = attempt(() => freshStubs(root, exercises));
  // Which marker stands wrong is told with its exercise; that of a given file only here.
  if (typeof stubs === 'string') return [stubs];
  const marked = stubs.filter(
    ({ source, regions }) => source.startsWith('solutions/given/') && regions.length > 0,
  );
  return [
    ...marked.map(({ source }) => `${source} has a region: what is given to every exercise is given whole`),
    ...staleStubs(root, stubs, strict),
    ...(strict ? unlistedFiles(root, stubs) : []),
  ];
}

function staleStubs(root: string, stubs: readonly Stub[], strict: boolean): string[] {
  const known = readStubHistory(root);
  return stubs.flatMap((stub) => {
    const state = stubState(root, stub, known);
    if (!isRecorded(stub, known) || state === 'outdated')
      return [
        `${stub.path} was not made from ${stub.source} as it is now: \`make exercises\`, and commit what it writes`,
      ];
    if (strict && state !== 'current')
      return [`${stub.path} is not the stub of ${stub.source}: \`make exercises\` or \`make reset\``];
    return [];
  });
}

/** Files of exercises that are no stub, no README and no manifest. */
function unlistedFiles(root: string, stubs: readonly Stub[]): string[] {
  const known = new Set(stubs.map(({ path }) => path));
  return foldersIn(root, 'exercises')
    .filter((folder) => folder !== 'backups')
    .flatMap((folder) => filesBelow(root, `exercises/${folder}`))
    .filter((path) => !known.has(path) && !/^exercises\/\d\d-[^/]+\/(README\.md|exercise\.json)$/.test(path))
    .map((path) => `${path} is no stub, README or manifest: remove it, or add its source to solutions/`);
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function foldersIn(root: string, folder: string): string[] {
  try {
    const entries = readdirSync(join(root, folder), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

/** The message, where it throws one. */
function attempt<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    return (error as Error).message;
  }
}

function readOrNothing(root: string, path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}
