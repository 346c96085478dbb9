/**
 * The stubs: which file of exercises/ comes from which file of solutions/, and writing them without touching anybody's work.
 *
 * A file is work as soon as it is no stub that was ever written: solutions/stubs.json keeps the digest of each. So a learner may
 * commit, or have no git at all. strip.ts makes the text of a stub; reset.ts gives one back.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { ExitCode, Refusal } from '../exit-codes.ts';
import type { Exercise } from './exercise.ts';
import { LANGUAGES, type Language, type Region, strip } from './strip.ts';

/** Path from the root: digests of all stubs that were written to each path, the newest last. */
export const STUB_HISTORY = 'solutions/stubs.json';

const history = z.record(z.string(), z.array(z.string()).min(1));
export type StubHistory = z.infer<typeof history>;

/** A file as a student gets it. Paths are from the root of the repository. */
export interface Stub {
  path: string;
  /** The file of solutions/ from which it is made. */
  source: string;
  language: Language;
  text: string;
  /** What is left for the student; empty for a given file. */
  regions: readonly Region[];
}

/** `work` is what nobody but the learner has; it is never overwritten. */
export type StubState = 'missing' | 'current' | 'outdated' | 'work';

/**
 * All stubs, freshly stripped: the given files of both languages, then those of each exercise.
 * @throws {StripError} for a marker that stands wrong
 */
export function freshStubs(root: string, exercises: readonly Exercise[]): Stub[] {
  const given = LANGUAGES.flatMap((language) => stubsOf(root, 'given', language));
  return [...given, ...exercises.flatMap((exercise) => exerciseStubs(root, exercise))];
}

/** The stubs of one exercise, of one language or of all that it has. */
export function exerciseStubs(root: string, { folder, languages }: Exercise, only?: Language): Stub[] {
  const wanted = only ? [only] : languages;
  return wanted.flatMap((language) => stubsOf(root, folder, language));
}

/** Names of the files in a folder below the root, sorted; none when it is not there. */
export function filesIn(root: string, folder: string): string[] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

function stubsOf(root: string, folder: string, language: Language): Stub[] {
  const from = `solutions/${folder}/${language}`;
  return filesIn(root, from).map((name) => {
    const source = `${from}/${name}`;
    const { text, regions } = strip(readFileSync(join(root, source), 'utf8'), language, source);
    return { path: `exercises/${folder}/${language}/${name}`, source, language, text, regions };
  });
}

/** @throws {Refusal} when the file is damaged: git has a good one */
export function readStubHistory(root: string): StubHistory {
  const text = readOrNothing(join(root, STUB_HISTORY));
  if (text === undefined) return {};
  try {
    return history.parse(JSON.parse(text));
  } catch {
    throw new Refusal(`${STUB_HISTORY} is damaged: \`git checkout ${STUB_HISTORY}\``, ExitCode.badData);
  }
}

/** What stands at the path of a stub. */
export function stubState(root: string, stub: Stub, known: StubHistory): StubState {
  const text = readOrNothing(join(root, stub.path));
  if (text === undefined) return 'missing';
  if (text === stub.text) return 'current';
  return known[stub.path]?.includes(digest(text)) ? 'outdated' : 'work';
}

export interface Written {
  /** Paths that were written anew, and stubs whose solution is gone, which were removed. */
  written: string[];
  removed: string[];
  /** Paths on which somebody has worked, and which were therefore left alone. */
  kept: string[];
}

/** Brings every stub up to date that nobody has worked on, and adds the new ones to the history. */
export function writeStubs(root: string, exercises: readonly Exercise[]): Written {
  const known = readStubHistory(root);
  const stubs = freshStubs(root, exercises);
  const states = stubs.map((stub) => ({ stub, state: stubState(root, stub, known) }));
  const stale = states.filter(({ state }) => state === 'missing' || state === 'outdated');
  for (const { stub } of stale) writeStub(root, stub);
  const removed = removeAbandoned(root, stubs, known);
  writeHistory(root, stubs, known);
  return {
    written: stale.map(({ stub }) => stub.path),
    removed,
    kept: states.filter(({ state }) => state === 'work').map(({ stub }) => stub.path),
  };
}

export function writeStub(root: string, { path, text }: Pick<Stub, 'path' | 'text'>): void {
  writeWhole(join(root, path), text);
}

/** Whether the history ends with this text: it does, when `make exercises` has run since the solution was changed. */
export function isRecorded({ path, text }: Stub, known: StubHistory): boolean {
  return known[path]?.at(-1) === digest(text);
}

function removeAbandoned(root: string, stubs: readonly Stub[], known: StubHistory): string[] {
  const paths = new Set(stubs.map(({ path }) => path));
  return Object.keys(known).filter((path) => {
    const text = paths.has(path) ? undefined : readOrNothing(join(root, path));
    if (text === undefined || !known[path]?.includes(digest(text))) return false;
    rmSync(join(root, path));
    return true;
  });
}

function writeHistory(root: string, stubs: readonly Stub[], known: StubHistory): void {
  const next = Object.fromEntries(
    stubs.map((stub) => {
      const before = known[stub.path] ?? [];
      return [stub.path, isRecorded(stub, known) ? before : [...before, digest(stub.text)]];
    }),
  );
  const text = `${JSON.stringify(next, null, 2)}\n`;
  if (text !== readOrNothing(join(root, STUB_HISTORY))) writeWhole(join(root, STUB_HISTORY), text);
}

/** The whole file or nothing of it: whoever reads at the same time sees the old one or the new one. */
export function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.unfinished`;
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
}

function readOrNothing(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Long enough to tell the versions of one file apart. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
