/**
 * What the authors promise is proved: a workshop that keeps every rule passes, and each rule, once broken, is named with its file.
 * A learner's edits break none.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadExercises } from '../learn/exercise.ts';
import { lint } from '../learn/lint.ts';
import { exerciseProblems, treeProblems } from '../learn/lint-files.ts';
import { writeStubs } from '../learn/stubs.ts';
import { ROOT } from '../servers.ts';
import { PlantedExercises } from './planted-exercises.ts';

const SOLUTION = 'solutions/01-first/ts/server.ts';
const STUB = 'exercises/01-first/ts/server.ts';
const README = 'exercises/01-first/README.md';

let planted: PlantedExercises;

beforeEach(() => {
  planted = new PlantedExercises();
  writeStubs(planted.root, loadExercises(planted.root));
});

afterEach(() => planted.remove());

function problems(strict = true): string[] {
  const exercises = loadExercises(planted.root);
  return [
    ...exercises.flatMap((exercise) => exerciseProblems(planted.root, exercise)),
    ...treeProblems(planted.root, exercises, strict),
  ];
}

describe('the files of the repository', () => {
  it('keep what can be seen without building them', () => {
    const exercises = loadExercises();
    const all = exercises.flatMap((exercise) => exerciseProblems(ROOT, exercise));
    expect([...all, ...treeProblems(ROOT, exercises, false)]).toEqual([]);
  });
});

describe('the files of exercises', () => {
  it('have no problem when every rule is kept', () => {
    expect(problems()).toEqual([]);
  });

  it.each<[string, () => void, string | RegExp]>([
    [
      'a README that is missing',
      () => rmSync(join(planted.root, README)),
      /^exercises\/01-first\/README\.md is missing/,
    ],
    [
      'a README that is too short',
      () => planted.write(README, planted.read(README).replaceAll(/^Line.*\n/gm, '')),
      'exercises/01-first/README.md has 18 lines: it should have 40 to 90',
    ],
    [
      'a README that is too long',
      () => planted.write(README, `${planted.read(README)}${'more\n'.repeat(42)}`),
      'exercises/01-first/README.md has 91 lines: it should have 40 to 90',
    ],
    [
      'a README without a section',
      () => planted.edit(README, '## Try it', 'Try it'),
      /^exercises\/01-first\/README\.md has the sections ## Why, ## Task, ## Contract, ## Questions, .*: it should have .*## Try it/,
    ],
    [
      'a README that repeats a hint',
      () => planted.edit(README, 'Line 0 of the section.', 'Nothing is\nwritten back.'),
      /^exercises\/01-first\/README\.md (has|repeats)/,
    ],
    [
      'a file that is listed and not there',
      () => rmSync(join(planted.root, SOLUTION)),
      'solutions/01-first/ts/server.ts is missing: exercises/01-first/exercise.json lists it',
    ],
    [
      'a listed file without a region',
      () => planted.write(SOLUTION, 'export {};\n'),
      'solutions/01-first/ts/server.ts has no region: mark what the student is to write, or take it out of files',
    ],
    [
      'a region in a file that is not listed',
      () => planted.write('solutions/01-first/ts/codec.ts', '// BEGIN SOLUTION: a\n// END SOLUTION\n'),
      'solutions/01-first/ts/codec.ts:1 has a region: list it in files.ts of exercises/01-first/exercise.json',
    ],
    [
      'a region in what is given to all',
      () => planted.write('solutions/given/ts/contract.ts', '// BEGIN SOLUTION: a\n// END SOLUTION\n'),
      'solutions/given/ts/contract.ts has a region: what is given to every exercise is given whole',
    ],
    [
      'a marker that stands wrong',
      () => planted.edit(SOLUTION, '  // END SOLUTION\n', ''),
      'solutions/01-first/ts/server.ts:5: this region has no END SOLUTION: add it',
    ],
    [
      'a solution that is too long',
      () => planted.write(SOLUTION, `${planted.read(SOLUTION)}${'a();\n'.repeat(112)}`),
      'solutions/01-first/ts: what the student writes has 121 lines of code, the limit is 120',
    ],
    [
      'a file of no language',
      () => planted.write('solutions/01-first/ts/notes.txt', ''),
      'solutions/01-first/ts/notes.txt belongs to no language of the exercise: remove it, or list its language',
    ],
    [
      'a language that is not listed',
      () => planted.write('solutions/01-first/rust/server.rs', ''),
      'solutions/01-first/rust belongs to no language of the exercise: remove it, or list its language',
    ],
    [
      'a solution without an exercise',
      () => planted.write('solutions/03-third/ts/server.ts', ''),
      'solutions/03-third: there is no exercises/03-third/exercise.json that can be read',
    ],
    [
      'a stub that is older than its solution',
      () => planted.edit(SOLUTION, 'send every chunk back', 'send all back'),
      'exercises/01-first/ts/server.ts was not made from solutions/01-first/ts/server.ts as it is now: `make exercises`, and commit what it writes',
    ],
    [
      'a stub that was edited by hand',
      () => planted.write(STUB, 'export {};\n'),
      'exercises/01-first/ts/server.ts is not the stub of solutions/01-first/ts/server.ts: `make exercises` or `make reset`',
    ],
    [
      'a file that nobody listed',
      () => planted.write('exercises/01-first/ts/notes.ts', 'export {};\n'),
      'exercises/01-first/ts/notes.ts is no stub, README or manifest: remove it, or add its source to solutions/',
    ],
  ])('name %s', (_, breakIt, expected) => {
    breakIt();
    expect(problems()).toContainEqual(
      expected instanceof RegExp ? expect.stringMatching(expected) : expected,
    );
  });

  it('are not those of a learner, whatever is done to them', () => {
    planted.write(STUB, 'not even { TypeScript');
    rmSync(join(planted.root, 'exercises/01-first/c/server.c'));
    planted.write('exercises/02-second/ts/server.ts', '');
    planted.write('exercises/02-second/ts/notes.txt', 'remember');
    planted.write('exercises/given/ts/contract.ts', '// mine');
    expect(problems(false)).toEqual([]);
  });
});

describe('lint-exercises', () => {
  async function linted(only = 'first'): Promise<{ text: string; passed: number; failed: number }> {
    const texts: string[] = [];
    const counts = await lint({ root: planted.root, only, print: (text) => texts.push(text), strict: false });
    return { text: texts.join('\n'), ...counts };
  }
  const onlyIn = (language: 'ts' | 'c'): void => {
    rmSync(join(planted.root, `solutions/01-first/${language === 'ts' ? 'c' : 'ts'}`), { recursive: true });
    const files = language === 'ts' ? { ts: ['server.ts'] } : { c: ['server.c'] };
    planted.editManifest('01-first', { languages: [language], files });
    writeStubs(planted.root, loadExercises(planted.root));
  };

  it('passes solutions and stubs that are as they should be, and never looks at the work of a learner', async () => {
    planted.write(STUB, 'not even { TypeScript');
    const { text, passed, failed } = await linted();
    expect(text.replaceAll(/\d+\.\d s/g, 'N s')).toBe(
      [
        'ok    manifests, given files and stubs',
        'ok    01-first: files',
        'ok    01-first: solution in TypeScript: 2 passed, 0 failed, 0 not judged, N s',
        'ok    01-first: stub in TypeScript: fails tcp.echo-basic, as it should',
        'ok    01-first: solution in C: 2 passed, 0 failed, 0 not judged, N s',
        'ok    01-first: solution in C (sanitized): 2 passed, 0 failed, 0 not judged, N s',
        'ok    01-first: stub in C: fails tcp.echo-basic, as it should',
      ].join('\n'),
    );
    expect({ passed, failed }).toEqual({ passed: 7, failed: 0 });
  });

  it('fails a solution that fails a check, and a stub that passes all', async () => {
    onlyIn('ts');
    planted.edit(SOLUTION, 'socket.write(chunk)', "socket.write('x')");
    planted.edit(SOLUTION, "STUB: socket.on('data', () => {});", 'STUB: socket.pipe(socket);');
    writeStubs(planted.root, loadExercises(planted.root));
    const { text, passed, failed } = await linted();
    expect(text).toMatch(
      /^FAIL {2}01-first: solution in TypeScript\n {6}FAIL {2}tcp\.echo-basic {2}first\/ts \(solution\)/m,
    );
    expect(text).toContain('replay: make check EX=first TRACK=ts SOLUTION=1 ID=tcp.echo-basic SEED=1');
    expect(text).toMatch(/^FAIL {2}01-first: stub in TypeScript\n {6}passes every check: cut more/m);
    expect({ passed, failed }).toEqual({ passed: 2, failed: 2 });
  });

  it('fails a stub that does not compile without a warning', async () => {
    onlyIn('c');
    const source = 'solutions/01-first/c/server.c';
    planted.edit(source, '/* STUB: (void)connection; */', '/* STUB: return connection; */');
    writeStubs(planted.root, loadExercises(planted.root));
    const { text, failed } = await linted();
    expect(text).toMatch(
      /^FAIL {2}01-first: stub in C\n {6}does not build:\n {6}build\/stubs\/01-first\/c\/server\.c: In function/m,
    );
    expect(failed).toBe(1);
  });
});
