/**
 * The manifests of exercises: those of the repository are right, and what is wrong in one is told with file, field and what to do.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cumulativeChecks, findExercise, loadExercises, readExercises } from '../learn/exercise.ts';
import { PlantedExercises, plantedManifest } from './planted-exercises.ts';

let planted: PlantedExercises;

beforeEach(() => {
  planted = new PlantedExercises();
});

afterEach(() => planted.remove());

const MANIFEST = 'exercises/02-second/exercise.json';
const problems = (): string[] => readExercises(planted.root).problems;

it('the manifests of the repository have no problem', () => {
  expect(readExercises().problems).toEqual([]);
});

describe('exercises', () => {
  it('come in the order of their numbers', () => {
    const exercises = loadExercises(planted.root);
    expect(exercises.map(({ number, id, folder }) => [number, id, folder])).toEqual([
      [1, 'first', '01-first'],
      [2, 'second', '02-second'],
    ]);
  });

  it('are checked for what is new, and for what earlier ones of the suite check', () => {
    const exercises = loadExercises(planted.root);
    const idsOf = (id: string) =>
      cumulativeChecks(exercises, findExercise(exercises, id)).map((check) => check.id);
    expect(idsOf('first')).toEqual(['ready.line', 'tcp.echo-basic']);
    expect(idsOf('second')).toEqual(['ready.line', 'tcp.echo-basic', 'tcp.half-close']);
  });

  it('of another suite repeat nothing', () => {
    planted.editManifest('02-second', { suite: 'udp-echo', checks: ['udp.echo'] });
    const exercises = loadExercises(planted.root);
    const checks = cumulativeChecks(exercises, findExercise(exercises, '02-second'));
    expect(checks.map(({ id }) => id)).toEqual(['ready.line', 'udp.echo']);
  });

  it('are none where there is no folder', () => {
    rmSync(join(planted.root, 'exercises'), { recursive: true });
    expect(readExercises(planted.root)).toEqual({ exercises: [], problems: [] });
  });

  it('that nobody knows are refused with those that there are', () => {
    expect(() => findExercise(loadExercises(planted.root), 'third')).toThrow(
      'there is no exercise third; there are: first, second',
    );
  });
});

describe('a manifest', () => {
  it.each([
    [{ id: 'third' }, 'id: must be the name of the folder without its number, second, got third'],
    [
      { checks: ['tcp.nothing'] },
      'checks.0: there is no check tcp.nothing: `make list S=tcp-echo` shows all',
    ],
    [{ checks: ['tcp'] }, 'checks.0: there is no check tcp: `make list S=tcp-echo` shows all'],
    [{ checks: ['frame.zero'] }, 'checks.0: frame.zero does not apply to tcp-echo'],
    [{ checks: ['ready.line'] }, 'checks.0: ready.line is already one of 01-first: take it out here'],
    [{ hints: ['a', 'b'] }, 'hints: must be 3 hints, each more direct than the one before'],
    [{ hints: ['a', 'b', 'a'] }, 'hints: two are the same'],
    [{ languages: ['ts'] }, 'files.c: add c to languages, or take it out here'],
    [{ files: { ts: ['server.ts'] } }, 'files.c: is missing: list what the student writes'],
    [{ files: { ts: ['server.c'], c: ['server.c'] } }, 'files.ts: server.c is not a file of this language'],
    [{ files: { ts: ['../x.ts'], c: ['server.c'] } }, 'files.ts.0: must be a file name like server.ts'],
    [{ languages: ['ts', 'c', 'c'] }, 'languages: names one twice'],
  ])('with %j: %s', (fields, problem) => {
    planted.editManifest('02-second', fields);
    expect(problems()).toEqual([`${MANIFEST}: ${problem}`]);
  });

  it.each([
    [{ title: undefined }, 'title'],
    [{ suite: 'http' }, 'suite'],
    [{ surplus: 1 }, 'the whole file'],
  ])('with %j names the field', (fields, field) => {
    planted.editManifest('02-second', fields);
    expect(problems()).toEqual([expect.stringContaining(`${MANIFEST}: ${field}: `)]);
  });

  it('that is no JSON, or not there, is named', () => {
    planted.write(MANIFEST, '{ "id": ');
    expect(problems()).toEqual([expect.stringContaining(`${MANIFEST}: is not JSON`)]);
    rmSync(join(planted.root, MANIFEST));
    expect(problems()).toEqual([expect.stringContaining(`${MANIFEST}: cannot be read`)]);
  });

  it('with an id that another one has is named', () => {
    planted.write(
      'exercises/03-second/exercise.json',
      JSON.stringify(plantedManifest('second', ['tcp.clients-100'])),
    );
    expect(problems()).toContain('exercises/03-second/exercise.json: id: second is that of 02-second');
  });

  it('whose number leaves a gap is named', () => {
    planted.write(
      'exercises/04-fourth/exercise.json',
      JSON.stringify(plantedManifest('fourth', ['bind.port-0'])),
    );
    expect(problems()).toEqual([
      'exercises/04-fourth: is number 3 in order: numbers count from 01 without gaps',
    ]);
  });

  it('that is wrong ends a command with a line for each problem', () => {
    planted.editManifest('01-first', { id: 'x' });
    planted.editManifest('02-second', { hints: ['a', 'b', 'a'] });
    expect(() => loadExercises(planted.root)).toThrow(/^.*01-first.*id: .*\n.*02-second.*hints: .*$/);
  });
});
