/**
 * Progress: which exercise was passed on which track, and when. A plain file in the learner's clone that git ignores.
 *
 * Deleting it loses nothing but the marks. One that is damaged is put aside under a name of its own, and said so; work goes on.
 */
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { terminalTable } from '../bench/table.ts';
import type { Exercise } from './exercise.ts';
import { LANGUAGES, type Language } from './strip.ts';
import { writeWhole } from './stubs.ts';

/** Path from the root of the repository. */
export const PROGRESS_FILE = 'exercises/progress.json';

const schema = z.object({
  version: z.literal(1),
  /** By id of the exercise and by track: when it was passed, ISO 8601. */
  passed: z.record(z.string(), z.partialRecord(z.enum(LANGUAGES), z.iso.datetime())),
});

export type Progress = z.infer<typeof schema>;

/**
 * What was passed so far; nothing, where there is no file yet.
 * @param warn gets one line when the file is damaged: what was done with it
 */
export function readProgress(root: string, warn: (line: string) => void): Progress {
  const file = join(root, PROGRESS_FILE);
  if (!existsSync(file)) return { version: 1, passed: {} };
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    const backup = freeName(`${file}.damaged`);
    renameSync(file, backup);
    warn(
      `${PROGRESS_FILE} was damaged: it is kept as ${backup.slice(root.length + 1)}, and a new one begins`,
    );
    return { version: 1, passed: {} };
  }
}

/** Marks an exercise as passed on a track; an earlier mark stays as it is. */
export function markPassed(
  root: string,
  { id }: Exercise,
  track: Language,
  warn: (line: string) => void,
  now: Date = new Date(),
): void {
  const progress = readProgress(root, warn);
  if (progress.passed[id]?.[track] !== undefined) return;
  progress.passed[id] = { ...progress.passed[id], [track]: now.toISOString() };
  write(root, progress);
}

/** Takes the mark away, as when the exercise begins anew. */
export function forgetPassed(
  root: string,
  { id }: Exercise,
  track: Language,
  warn: (line: string) => void,
): void {
  const progress = readProgress(root, warn);
  if (progress.passed[id]?.[track] === undefined) return;
  delete progress.passed[id][track];
  write(root, progress);
}

/** The first exercise that has the track and is not passed on it; undefined when all are. */
export function nextExercise(
  exercises: readonly Exercise[],
  { passed }: Progress,
  track: Language,
): Exercise | undefined {
  return exercises.find(({ id, languages }) => languages.includes(track) && !passed[id]?.[track]);
}

/** Both tracks of every exercise, as a table for a terminal, and a line with the counts. */
export function progressTable(exercises: readonly Exercise[], progress: Progress): string {
  const mark = ({ id, languages }: Exercise, track: Language): string => {
    if (!languages.includes(track)) return 'not offered';
    return progress.passed[id]?.[track]?.slice(0, 10) ?? '-';
  };
  const table = terminalTable<Exercise>(
    [
      { title: '#', align: 'right', cell: ({ number }) => String(number) },
      { title: 'exercise', cell: ({ id }) => id },
      { title: 'TypeScript', cell: (exercise) => mark(exercise, 'ts') },
      { title: 'C', cell: (exercise) => mark(exercise, 'c') },
      { title: 'title', cell: ({ title }) => title },
    ],
    exercises,
  );
  const counts = LANGUAGES.map((track) => countOf(exercises, progress, track));
  return `${table}\n\nTypeScript ${counts[0]}, C ${counts[1]}`;
}

function countOf(exercises: readonly Exercise[], { passed }: Progress, track: Language): string {
  const offered = exercises.filter(({ languages }) => languages.includes(track));
  return `${offered.filter(({ id }) => passed[id]?.[track]).length} of ${offered.length}`;
}

function write(root: string, progress: Progress): void {
  writeWhole(join(root, PROGRESS_FILE), `${JSON.stringify(progress, null, 2)}\n`);
}

/** `name`, or the first of `name.2`, `name.3` ... that nobody has. */
function freeName(name: string): string {
  if (!existsSync(name)) return name;
  for (let number = 2; ; number++) if (!existsSync(`${name}.${number}`)) return `${name}.${number}`;
}
