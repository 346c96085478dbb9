/**
 * Gives the stub of one exercise and language back, and keeps what the student had under a name of its own.
 *
 * Asks nobody: the command does. A backup is never written over.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Exercise } from './exercise.ts';
import type { Language } from './strip.ts';
import { exerciseStubs, readStubHistory, type Stub, stubState, writeStub } from './stubs.ts';

/** Where backups stand, from the root of the repository; git ignores it. */
const BACKUPS = 'exercises/backups';

/** What a reset would do; paths are from the root of the repository. */
export interface ResetPlan {
  exercise: Exercise;
  language: Language;
  /** The student's own files, to be kept in a backup. */
  work: string[];
  /** Files that are not the current stub: all of `work`, and what is missing or outdated. */
  restored: Stub[];
}

export function planReset(root: string, exercise: Exercise, language: Language): ResetPlan {
  const known = readStubHistory(root);
  const stubs = exerciseStubs(root, exercise, language);
  const states = stubs.map((stub) => ({ stub, state: stubState(root, stub, known) }));
  return {
    exercise,
    language,
    work: states.filter(({ state }) => state === 'work').map(({ stub }) => stub.path),
    restored: states.filter(({ state }) => state !== 'current').map(({ stub }) => stub),
  };
}

/** Does it. @returns the folder of the backup, from the root; undefined when there was no work to keep */
export function reset(root: string, plan: ResetPlan, now: Date = new Date()): string | undefined {
  const backup = plan.work.length > 0 ? keep(root, plan, now) : undefined;
  for (const stub of plan.restored) writeStub(root, stub);
  return backup;
}

function keep(root: string, { exercise, language, work }: ResetPlan, now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(':', '-');
  const folder = newFolder(root, `${BACKUPS}/${exercise.folder}-${language}-${time}`);
  for (const path of work) copyFileSync(join(root, path), join(root, folder, basename(path)));
  return folder;
}

/** Makes `folder`, or the first of `folder-2`, `folder-3` ... that nobody has; gives its path from the root. */
function newFolder(root: string, folder: string): string {
  mkdirSync(join(root, BACKUPS), { recursive: true });
  for (let number = 1; ; number++) {
    const path = number === 1 ? folder : `${folder}-${number}`;
    try {
      mkdirSync(join(root, path));
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
