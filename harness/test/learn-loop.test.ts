/**
 * The watch loop without a terminal: what follows from a key, a save or a verdict, and what the screen then says.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildExercise } from '../learn/build.ts';
import { type Exercise, loadExercises } from '../learn/exercise.ts';
import { screenOf } from '../learn/loop-screen.ts';
import { type Effect, firstState, type LoopEvent, type LoopState, step } from '../learn/loop-state.ts';
import { LEARNER_DEADLINE_MS, savedDeadlineMs } from '../learn/run.ts';
import { solutionDiff } from '../learn/solution-diff.ts';
import { writeStubs } from '../learn/stubs.ts';
import { TypeChecker } from '../learn/type-checker.ts';
import { Watcher } from '../learn/watcher.ts';
import { wrap } from '../learn/wrap.ts';
import { PlantedExercises } from './planted-exercises.ts';

let planted: PlantedExercises;
let exercises: Exercise[];

beforeEach(() => {
  planted = new PlantedExercises();
  exercises = loadExercises(planted.root);
  writeStubs(planted.root, exercises);
});

afterEach(() => planted.remove());

const PASSED = '2026-01-01T00:00:00.000Z';
const begin = (): LoopState => firstState(exercises, 'ts', 0, { version: 1, passed: {} });
const key = (name: string): LoopEvent => ({ kind: 'key', key: name });

/** Steps through all events; gives the last state, and the effects of all. */
function played(
  events: readonly LoopEvent[],
  from: LoopState = begin(),
): { state: LoopState; effects: Effect[] } {
  const effects: Effect[] = [];
  let state = from;
  for (const event of events) {
    const [next, more] = step(state, event);
    state = next;
    effects.push(...more);
  }
  return { state, effects };
}

function shown(state: LoopState, columns = 60): string {
  const { body, status } = screenOf(state, columns);
  return stripVTControlCharacters(`${body}\n\n${status}`);
}

describe('the loop', () => {
  it('begins an attempt at each save, and forgets the verdict before', () => {
    const { state, effects } = played([
      { kind: 'saved' },
      { kind: 'ended', attempt: 1, report: 'FAIL one', passed: false },
      { kind: 'saved' },
    ]);
    expect(effects.map((effect) => 'attempt' in effect && effect.attempt)).toEqual([1, 2]);
    expect(state).toMatchObject({ doing: 'building', report: '', attempt: 2 });
  });

  it('does not listen to an attempt that a later save has ended', () => {
    const { state } = played([
      { kind: 'saved' },
      { kind: 'saved' },
      { kind: 'built', attempt: 1, total: 8, report: 'old' },
      { kind: 'checked', attempt: 1 },
      { kind: 'reported', attempt: 1, report: 'old' },
      { kind: 'ended', attempt: 1, report: 'old', passed: true },
    ]);
    expect(state).toMatchObject({ doing: 'building', report: '', passed: false, done: 0 });
  });

  it('marks an exercise that passes, and no other', () => {
    const ended = (passed: boolean): Effect[] =>
      played([{ kind: 'saved' }, { kind: 'ended', attempt: 1, report: '', passed }]).effects.slice(1);
    expect(ended(true)).toEqual([{ kind: 'mark', exercise: exercises[0] }]);
    expect(ended(false)).toEqual([]);
  });

  it('shows one hint more at each h, three at most, and none of them at the next exercise', () => {
    const shownAfter = (...keys: string[]): number => played(keys.map(key)).state.hintsShown;
    expect([shownAfter('h'), shownAfter('h', 'h'), shownAfter('h', 'h', 'h', 'h')]).toEqual([1, 2, 3]);
    expect(shownAfter('h', 'n')).toBe(0);
  });

  it('goes on at n, back at p, and watches where it goes', () => {
    const { state, effects } = played([key('n')]);
    expect(state.at).toBe(1);
    expect(effects).toEqual([
      { kind: 'watch', exercise: exercises[1] },
      { kind: 'attempt', attempt: 1, exercise: exercises[1] },
    ]);
    expect(played([key('p')], state).state.at).toBe(0);
  });

  it('stays at the first and at the last exercise, and says so', () => {
    expect(played([key('p')])).toMatchObject({
      state: { at: 0, notice: 'this is the first exercise' },
      effects: [],
    });
    expect(played([key('n'), key('n')]).state).toMatchObject({ at: 1, notice: 'this is the last exercise' });
  });

  it('passes over an exercise that does not have the track', () => {
    const [first, second] = exercises as [Exercise, Exercise];
    const onlyC: Exercise = { ...second, languages: ['c'] };
    const state = { ...begin(), exercises: [first, onlyC, { ...second, id: 'third' }] };
    expect(played([key('n')], state).state.at).toBe(2);
    expect(played([key('n'), key('p')], state).state.at).toBe(0);
  });

  it('goes by a digit only from the list', () => {
    expect(played([key('2')]).state.at).toBe(0);
    expect(played([key('l'), key('2')]).state).toMatchObject({ at: 1, view: 'report' });
  });

  it('resets at r only after y, and any other key is a no', () => {
    expect(played([key('r'), key('y')]).effects).toEqual([{ kind: 'reset', exercise: exercises[0] }]);
    for (const other of ['n', 'return', 'escape', 'q'])
      expect(played([key('r'), key(other)])).toMatchObject({
        state: { at: 0, asksReset: false, notice: 'nothing was reset' },
        effects: [],
      });
  });

  it('opens the solution of what is passed, and of nothing else', () => {
    expect(played([key('s')])).toMatchObject({
      state: { notice: 'the solution opens when the exercise is passed; h shows a hint' },
      effects: [],
    });
    const passed: LoopEvent = {
      kind: 'progress',
      progress: { version: 1, passed: { first: { ts: PASSED } } },
    };
    expect(played([passed, key('s')]).effects).toEqual([{ kind: 'solution', exercise: exercises[0] }]);
  });

  it('quits at q and ctrl-d, and at ctrl-c even while it asks', () => {
    const quits = (...keys: string[]): Effect[] => played(keys.map(key)).effects;
    expect([quits('q'), quits('ctrl-d')].flat()).toEqual(Array(2).fill({ kind: 'quit', interrupted: false }));
    expect(quits('ctrl-c')).toEqual([{ kind: 'quit', interrupted: true }]);
    expect(quits('r', 'ctrl-c')).toEqual([{ kind: 'quit', interrupted: true }]);
  });

  it('runs all in place of the attempt under way', () => {
    const { state, effects } = played([
      { kind: 'saved' },
      key('a'),
      { kind: 'checked', attempt: 1 },
      { kind: 'line', attempt: 2, line: '1  first: passed' },
      { kind: 'all ran', attempt: 2 },
    ]);
    expect(effects.at(-1)).toEqual({ kind: 'run all', attempt: 2 });
    expect(state).toMatchObject({ done: 0, doing: 'waiting', view: 'text', text: '1  first: passed\n' });
  });

  it('does nothing at a key that means nothing', () => {
    const state = begin();
    expect(played([key('x'), key('7'), key('')], state)).toEqual({ state, effects: [] });
  });
});

describe('the screen', () => {
  it('names the exercise, its README, the keys, and what is waited for', () => {
    expect(shown(begin())).toBe(
      [
        '1 of 2  first  The exercise first (TypeScript)',
        'read exercises/01-first/README.md',
        '',
        '[h]int  [n]ext  [p]revious  [l]ist  run [a]ll  [r]eset',
        '[s]olution  [enter] again  [q]uit',
        '',
        'waiting for a save in exercises/01-first/ts/',
      ].join('\n'),
    );
  });

  it('leaves what the compiler says as it is', () => {
    const report = `exercises/01-first/c/server.c:9:5: error: ${'a long word '.repeat(12)}\n    9 |     int x = ;\n`;
    const { state } = played([{ kind: 'saved' }, { kind: 'ended', attempt: 1, report, passed: false }]);
    expect(shown(state)).toContain(report);
  });

  it('shows hints with their numbers below the verdict', () => {
    const { state } = played([
      { kind: 'saved' },
      { kind: 'ended', attempt: 1, report: 'FAIL one', passed: false },
      key('h'),
      key('h'),
    ]);
    expect(shown(state)).toContain(
      'FAIL one\n\nhint 1 of 3: Look at the loop.\nhint 2 of 3: Nothing is written back.\n\n[h]int',
    );
  });

  it('praises what is passed, and says how to go on', () => {
    const { state } = played([{ kind: 'saved' }, { kind: 'ended', attempt: 1, report: 'ok', passed: true }]);
    expect(shown(state, 100)).toContain(
      '\n\nfirst is passed: press n for the next one, s to compare with the solution\n',
    );
  });

  it('lists the exercises with their marks, and points at the one that is worked at', () => {
    const progress: LoopEvent = {
      kind: 'progress',
      progress: { version: 1, passed: { first: { ts: PASSED } } },
    };
    const { state } = played([progress, key('n'), key('l')]);
    expect(shown(state)).toContain('\n  1  passed  first\n> 2  -       second\n');
  });

  it('counts checks in a status line that fits', () => {
    const { state } = played([
      { kind: 'saved' },
      { kind: 'built', attempt: 1, total: 24, report: '' },
      { kind: 'checked', attempt: 1 },
    ]);
    expect(screenOf(state, 60).status).toBe('checking: 1 of 24 checks');
    expect(screenOf(state, 12).status).toBe('checking: 1');
  });
});

describe('the deadline of a check', () => {
  it('is shorter while nothing else keeps the machine busy', () => {
    expect(savedDeadlineMs(0)).toBeLessThan(LEARNER_DEADLINE_MS);
    expect(savedDeadlineMs(1.5)).toBe(LEARNER_DEADLINE_MS);
  });
});

describe('a build', () => {
  it('names a file that is missing or empty, and how to begin anew', async () => {
    const [first] = exercises as [Exercise];
    const anew = 'bring it back, or begin anew with `make reset EX=first TRACK=ts`';
    planted.write('exercises/01-first/ts/server.ts', '');
    expect(await buildExercise(first, 'ts', { root: planted.root })).toEqual({
      ok: false,
      messages: `exercises/01-first/ts/server.ts is empty: ${anew}`,
    });
    rmSync(join(planted.root, 'exercises/01-first/ts/server.ts'));
    expect(await buildExercise(first, 'ts', { root: planted.root })).toEqual({
      ok: false,
      messages: `exercises/01-first/ts/server.ts is missing: ${anew}`,
    });
  });
});

describe('wrapping', () => {
  it('breaks at blanks, keeps the indent, and counts no colours', () => {
    expect(wrap('one two three', 7)).toBe('one two\nthree');
    expect(wrap('  one two three', 9)).toBe('  one two\n  three');
    expect(wrap('\u001b[1mone\u001b[22m two three', 7)).toBe('\u001b[1mone\u001b[22m two\nthree');
  });

  it('leaves a word that is too long whole, and lines that fit alone', () => {
    expect(wrap('see exercises/01-first/README.md now', 10)).toBe('see\nexercises/01-first/README.md\nnow');
    expect(wrap('a  b\n\n  c', 10)).toBe('a  b\n\n  c');
  });
});

describe.each([
  ['by events', false],
  ['by looking', true],
])('a watcher %s', (_, poll) => {
  const folder = 'exercises/01-first/ts';
  let watcher: Watcher | undefined;
  let changed: () => void = () => {};

  afterEach(() => watcher?.close());

  const watchIt = (): void => {
    watcher = new Watcher({ root: planted.root, folder, poll, onChange: () => changed() });
  };
  const nextChange = (): Promise<void> =>
    new Promise((resolve) => {
      changed = resolve;
    });

  it('tells a save, a deletion, and a file that comes back', async () => {
    watchIt();
    for (const change of [
      () => planted.write(`${folder}/server.ts`, 'saved'),
      () => rmSync(join(planted.root, folder, 'server.ts')),
      () => planted.write(`${folder}/server.ts`, ''),
    ]) {
      const told = nextChange();
      change();
      await told;
    }
  });

  it('lives on when the folder goes and comes back', async () => {
    watchIt();
    const gone = nextChange();
    rmSync(join(planted.root, folder), { recursive: true });
    await gone;
    const back = nextChange();
    mkdirSync(join(planted.root, folder));
    writeFileSync(join(planted.root, folder, 'server.ts'), 'again');
    await back;
  });
});

describe('the solution', () => {
  it('is shown as a diff against what the learner wrote, without markers', async () => {
    const [first] = exercises as [Exercise];
    const diff = await solutionDiff(planted.root, first, 'ts', false);
    expect(diff).toContain('--- exercises/01-first/ts/server.ts\n');
    expect(diff).toContain('\n-  // TODO: send every chunk back, and end when the peer has ended\n');
    expect(diff).toContain("\n+  socket.on('data', (chunk) => socket.write(chunk));\n");
    expect(diff).not.toMatch(/SOLUTION|STUB/);
  });
});

describe('the type checker', () => {
  it('sees what was saved between two questions', async () => {
    const checker = new TypeChecker();
    const file = join(planted.root, 'exercises/01-first/ts/server.ts');
    planted.write('exercises/01-first/ts/server.ts', 'const count: number = 1;\nexport { count };\n');
    expect(await checker.typeErrors(planted.root, [file], false)).toBe('');
    planted.write('exercises/01-first/ts/server.ts', "const count: number = 'one';\nexport { count };\n");
    expect(await checker.typeErrors(planted.root, [file], false)).toMatch(
      /^exercises\/01-first\/ts\/server\.ts:1:7 - error TS2322: /,
    );
  });
});
