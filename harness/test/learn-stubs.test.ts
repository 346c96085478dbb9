/**
 * Stubs are written from solutions, work is never overwritten, and a reset keeps it.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Exercise, findExercise, loadExercises } from '../learn/exercise.ts';
import { planReset, reset } from '../learn/reset.ts';
import { STUB_HISTORY, type Written, writeStubs } from '../learn/stubs.ts';
import { PlantedExercises } from './planted-exercises.ts';

const STUB = 'exercises/01-first/ts/server.ts';
const SOLUTION = 'solutions/01-first/ts/server.ts';
const NOON = new Date('2026-05-04T12:00:00Z');

let planted: PlantedExercises;
let exercises: Exercise[];

beforeEach(() => {
  planted = new PlantedExercises();
  exercises = loadExercises(planted.root);
});

afterEach(() => planted.remove());

const write = (): Written => writeStubs(planted.root, exercises);
const nothing: Written = { written: [], removed: [], kept: [] };

describe('make exercises', () => {
  it('writes the given files and the stubs of all solutions', () => {
    expect(write()).toEqual({
      ...nothing,
      written: [
        'exercises/given/ts/contract.ts',
        'exercises/given/c/contract.c',
        'exercises/given/c/contract.h',
        'exercises/01-first/ts/server.ts',
        'exercises/01-first/c/server.c',
        'exercises/02-second/ts/server.ts',
        'exercises/02-second/c/server.c',
      ],
    });
    expect(planted.read('exercises/given/c/contract.c')).toBe(planted.read('solutions/given/c/contract.c'));
    const stub = planted.read(STUB);
    expect(stub).toContain('  // TODO: send every chunk back, and end when the peer has ended\n');
    expect(stub).toContain("  socket.on('data', () => {});\n");
    expect(stub).not.toContain('socket.write');
  });

  it('changes nothing the second time', () => {
    write();
    const history = planted.read(STUB_HISTORY);
    expect(write()).toEqual(nothing);
    expect(planted.read(STUB_HISTORY)).toBe(history);
  });

  it('brings up to date what nobody has worked on, also across several versions', () => {
    write();
    const first = planted.read(STUB);
    planted.edit(SOLUTION, 'send every chunk back', 'second version');
    expect(write()).toEqual({ ...nothing, written: [STUB] });
    planted.edit(SOLUTION, 'second version', 'third version');
    planted.write(STUB, first);
    expect(write()).toEqual({ ...nothing, written: [STUB] });
    expect(planted.read(STUB)).toContain('TODO: third version');
  });

  it('leaves work alone and names it, when the solution has changed and when it has not', () => {
    write();
    const work = 'the work of an evening\n';
    planted.write(STUB, work);
    expect(write()).toEqual({ ...nothing, kept: [STUB] });
    planted.edit(SOLUTION, 'send every chunk back', 'second version');
    expect(write()).toEqual({ ...nothing, kept: [STUB] });
    expect(planted.read(STUB)).toBe(work);
  });

  it('takes an empty file for work: nobody knows who emptied it', () => {
    write();
    planted.write(STUB, '');
    expect(write()).toEqual({ ...nothing, kept: [STUB] });
  });

  it('gives a deleted file back', () => {
    write();
    rmSync(join(planted.root, STUB));
    expect(write()).toEqual({ ...nothing, written: [STUB] });
  });

  it('removes a stub whose solution is gone, but not what became of it', () => {
    planted.write('solutions/01-first/ts/extra.ts', 'export {};\n');
    planted.write('solutions/01-first/ts/other.ts', 'export {};\n');
    write();
    planted.write('exercises/01-first/ts/other.ts', 'export const mine = 1;\n');
    for (const name of ['extra.ts', 'other.ts']) rmSync(join(planted.root, 'solutions/01-first/ts', name));
    expect(write()).toEqual({ ...nothing, removed: ['exercises/01-first/ts/extra.ts'] });
    expect(existsSync(join(planted.root, 'exercises/01-first/ts/extra.ts'))).toBe(false);
    expect(planted.read('exercises/01-first/ts/other.ts')).toBe('export const mine = 1;\n');
  });

  it('writes nothing at all when a marker stands wrong', () => {
    planted.edit(SOLUTION, '  // END SOLUTION\n', '');
    expect(write).toThrow(`${SOLUTION}:5: this region has no END SOLUTION: add it`);
    expect(existsSync(join(planted.root, 'exercises/given'))).toBe(false);
  });

  it('says how to repair a damaged history', () => {
    planted.write(STUB_HISTORY, '{"a": 1}');
    expect(write).toThrow('solutions/stubs.json is damaged: `git checkout solutions/stubs.json`');
  });
});

describe('a reset', () => {
  const plan = () => planReset(planted.root, findExercise(exercises, 'first'), 'ts');

  it('keeps the work in a backup that it names, and gives the stub back', () => {
    write();
    const stub = planted.read(STUB);
    planted.write(STUB, 'my work\n');
    expect(plan().work).toEqual([STUB]);
    const backup = reset(planted.root, plan(), NOON);
    expect(backup).toBe('exercises/backups/01-first-ts-2026-05-04T12-00-00');
    expect(planted.read(`${backup}/server.ts`)).toBe('my work\n');
    expect(planted.read(STUB)).toBe(stub);
  });

  it('never writes over a backup', () => {
    write();
    const backups = ['one', 'two', 'three'].map((work) => {
      planted.write(STUB, work);
      return reset(planted.root, plan(), NOON) ?? '';
    });
    expect(backups.map((folder) => planted.read(`${folder}/server.ts`))).toEqual(['one', 'two', 'three']);
  });

  it('has nothing to do for a stub, and nothing to keep for a file that is gone', () => {
    write();
    expect(plan().restored).toEqual([]);
    rmSync(join(planted.root, STUB));
    expect(plan().restored.map(({ path }) => path)).toEqual([STUB]);
    expect(reset(planted.root, plan(), NOON)).toBeUndefined();
    expect(existsSync(join(planted.root, STUB))).toBe(true);
  });

  it('leaves the other language and files of the student alone', () => {
    write();
    planted.write(STUB, 'ts\n');
    planted.write('exercises/01-first/c/server.c', 'c\n');
    planted.write('exercises/01-first/ts/notes.ts', 'notes\n');
    reset(planted.root, plan(), NOON);
    expect(planted.read('exercises/01-first/c/server.c')).toBe('c\n');
    expect(planted.read('exercises/01-first/ts/notes.ts')).toBe('notes\n');
  });
});
