/**
 * Progress is kept by exercise and track; a damaged file is put aside, and nothing stops.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Exercise, loadExercises } from '../learn/exercise.ts';
import {
  forgetPassed,
  markPassed,
  nextExercise,
  PROGRESS_FILE,
  type Progress,
  progressTable,
  readProgress,
} from '../learn/progress.ts';
import type { Language } from '../learn/strip.ts';
import { PlantedExercises } from './planted-exercises.ts';

const NOON = new Date('2026-05-04T12:00:00Z');

let planted: PlantedExercises;
let exercises: Exercise[];
let warnings: string[];

beforeEach(() => {
  planted = new PlantedExercises();
  exercises = loadExercises(planted.root);
  warnings = [];
});

afterEach(() => planted.remove());

const warn = (line: string): void => void warnings.push(line);
const read = (): Progress => readProgress(planted.root, warn);

function numbered(number: number): Exercise {
  const exercise = exercises[number - 1];
  if (!exercise) throw new Error(`there is no exercise ${number}`);
  return exercise;
}

const pass = (number: number, track: Language, now = NOON): void =>
  markPassed(planted.root, numbered(number), track, warn, now);
const nextId = (track: Language): string | undefined => nextExercise(exercises, read(), track)?.id;

describe('progress', () => {
  it('is nothing in the beginning', () => {
    expect(read()).toEqual({ version: 1, passed: {} });
    expect(nextId('ts')).toBe('first');
  });

  it('is kept by exercise and track, with the time of the first pass', () => {
    pass(1, 'c');
    pass(1, 'c', new Date('2027-01-01T00:00:00Z'));
    pass(2, 'ts');
    expect(read().passed).toEqual({
      first: { c: '2026-05-04T12:00:00.000Z' },
      second: { ts: '2026-05-04T12:00:00.000Z' },
    });
    expect([nextId('ts'), nextId('c')]).toEqual(['first', 'second']);
  });

  it('has no next exercise when all are passed', () => {
    pass(1, 'c');
    pass(2, 'c');
    expect(nextId('c')).toBeUndefined();
  });

  it('passes over an exercise that the track does not have', () => {
    planted.editManifest('01-first', { languages: ['c'], files: { c: ['server.c'] } });
    exercises = loadExercises(planted.root);
    expect(nextId('ts')).toBe('second');
    expect(progressTable(exercises, read())).toContain('not offered');
  });

  it('is taken back for one track', () => {
    pass(1, 'ts');
    pass(1, 'c');
    forgetPassed(planted.root, numbered(1), 'ts', warn);
    expect(read().passed).toEqual({ first: { c: NOON.toISOString() } });
  });

  it('keeps marks of exercises that it does not know', () => {
    planted.write(PROGRESS_FILE, '{"version":1,"passed":{"later":{"ts":"2026-05-04T12:00:00.000Z"}}}');
    pass(1, 'ts');
    expect(Object.keys(read().passed)).toEqual(['later', 'first']);
  });

  it.each(['', '{', '[]', '{"version":2,"passed":{}}', '{"version":1,"passed":{"a":{"ts":"soon"}}}'])(
    'that is damaged (%s) is put aside and named, and a new one begins',
    (text) => {
      planted.write(PROGRESS_FILE, text);
      pass(1, 'ts');
      expect(warnings).toEqual([
        'exercises/progress.json was damaged: it is kept as exercises/progress.json.damaged, and a new one begins',
      ]);
      expect(planted.read(`${PROGRESS_FILE}.damaged`)).toBe(text);
      expect(read().passed).toEqual({ first: { ts: NOON.toISOString() } });
    },
  );

  it('that is damaged again gets another name: nothing is written over', () => {
    for (const text of ['one', 'two', 'three']) {
      planted.write(PROGRESS_FILE, text);
      read();
    }
    const kept = readdirSync(join(planted.root, 'exercises')).filter((name) => name.includes('damaged'));
    expect(kept.toSorted().map((name) => planted.read(`exercises/${name}`))).toEqual(['one', 'two', 'three']);
  });

  it('is shown as a table of both tracks', () => {
    pass(1, 'c');
    expect(progressTable(exercises, read())).toBe(
      [
        '#  exercise  TypeScript  C           title',
        '-  --------  ----------  ----------  -------------------',
        '1  first     -           2026-05-04  The exercise first',
        '2  second    -           -           The exercise second',
        '',
        'TypeScript 0 of 2, C 1 of 2',
      ].join('\n'),
    );
  });
});
