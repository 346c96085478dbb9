/**
 * The wrong attempts: for each exercise and language three servers as students write them, kept as what they wrote between the markers.
 *
 * A file holds why they wrote it, the regions that differ from the solution, each behind its file and the beginning of its TODO, and
 * what they are then shown first. Whatever it does not name is as in the solution. trial.ts builds and runs an attempt.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exercise } from '../../learn/exercise.ts';
import type { Language } from '../../learn/strip.ts';
import { exerciseStubs, freshStubs, type Stub, writeStub } from '../../learn/stubs.ts';
import { ROOT } from '../../servers.ts';

/** The first version that comes to mind, the usual misunderstanding, and one that ends the process or spoils its memory. */
export const KINDS = ['naive', 'misunderstanding', 'crash'] as const;
export type Kind = (typeof KINDS)[number];

export interface Attempt {
  exercise: Exercise;
  language: Language;
  kind: Kind;
}

/** What was written in place of one region of the solution. */
interface Written {
  file: string;
  /** How the sentence of the region begins. */
  todo: string;
  body: string;
}

const FOLDER = join(import.meta.dirname, 'wrong');
const SHOWN_FIRST = '\n== shown first\n';
const REGION = /^== ([a-z-]+\.[a-z]+): (.+)\n/gm;

/** `half-close/c/naive`. */
export function attemptId({ exercise, language, kind }: Attempt): string {
  return `${exercise.id}/${language}/${kind}`;
}

/** All that there have to be, whether they are there or not. */
export function allAttempts(exercises: readonly Exercise[]): Attempt[] {
  return exercises.flatMap((exercise) =>
    exercise.languages.flatMap((language) => KINDS.map((kind) => ({ exercise, language, kind }))),
  );
}

/** The file of an attempt: what the learner is told stands below what the learner wrote. */
function attemptFile({ exercise, language, kind }: Attempt): string {
  return join(FOLDER, exercise.folder, `${language}-${kind}.txt`);
}

/** What the learner was shown first, when it was kept. */
export function keptMessage(attempt: Attempt): string | undefined {
  return readFileSync(attemptFile(attempt), 'utf8').split(SHOWN_FIRST)[1];
}

export function keepMessage(attempt: Attempt, message: string): void {
  const [written = ''] = readFileSync(attemptFile(attempt), 'utf8').split(SHOWN_FIRST);
  writeFileSync(attemptFile(attempt), `${written.trimEnd()}\n${SHOWN_FIRST}${message}`);
}

/** Writes the exercise as this learner has it into build/. Returns the root of that workshop. */
export function plant(attempt: Attempt): string {
  const { exercise, language, kind } = attempt;
  const root = join(ROOT, 'build', 'attempts', `${exercise.folder}-${language}-${kind}`);
  rmSync(join(root, 'exercises'), { recursive: true, force: true });
  for (const stub of freshStubs(ROOT, []).filter((given) => given.language === language))
    writeStub(root, stub);
  const written = regionsOf(readFileSync(attemptFile(attempt), 'utf8'));
  for (const stub of exerciseStubs(ROOT, exercise, language)) {
    writeStub(root, { path: stub.path, text: asWritten(stub, written) });
    // places.ts reads there what a student writes.
    writeStub(root, { path: stub.source, text: readFileSync(join(ROOT, stub.source), 'utf8') });
  }
  const unplaced = written.filter(({ done }) => !done).map(({ file, todo }) => `${file}: ${todo}`);
  if (unplaced.length > 0) throw new Error(`${attemptId(attempt)}: no region is ${unplaced.join(', nor ')}`);
  return root;
}

function regionsOf(text: string): (Written & { done: boolean })[] {
  const [written = ''] = text.split(SHOWN_FIRST);
  const heads = [...written.matchAll(REGION)];
  return heads.map((head, index) => ({
    file: head[1] ?? '',
    todo: head[2] ?? '',
    body: written.slice(head.index + head[0].length, heads[index + 1]?.index).trimEnd(),
    done: false,
  }));
}

/** The solution's file, with the learner's text in the regions that the attempt names. */
function asWritten({ source, regions }: Stub, written: (Written & { done: boolean })[]): string {
  const lines = readFileSync(join(ROOT, source), 'utf8').split('\n');
  // From the last to the first, so that the numbers of the lines before stay true.
  for (const { line, sentence } of regions.toReversed()) {
    const own = written.find(({ file, todo }) => source.endsWith(`/${file}`) && sentence.startsWith(todo));
    if (!own) continue;
    const end = lines.findIndex((text, index) => index >= line && text.includes('END SOLUTION'));
    lines.splice(line - 1, end - line + 2, own.body);
    own.done = true;
  }
  return lines.join('\n');
}
