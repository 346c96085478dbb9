/**
 * What a student wrote is built and run: messages of the compilers as they are, verdicts in the order of the exercises, and the
 * sanitizer's report of a crash.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Build, type BuildOptions, buildExercise } from '../learn/build.ts';
import { cumulativeChecks, type Exercise, findExercise, loadExercises } from '../learn/exercise.ts';
import { todosLeft, whereToLook } from '../learn/places.ts';
import { type CumulativeRun, LEARNER_DEADLINE_MS, type Outcome, runCumulative } from '../learn/run.ts';
import type { Language } from '../learn/strip.ts';
import { writeStubs } from '../learn/stubs.ts';
import { verdictText } from '../learn/verdict-text.ts';
import { commandServer } from '../servers.ts';
import { PlantedExercises } from './planted-exercises.ts';

const SERVER_C = 'exercises/01-first/c/server.c';
const SERVER_TS = 'exercises/01-first/ts/server.ts';
const IDLE_TS = "socket.on('data', () => {});";
const IDLE_C = '(void)connection;';

let planted: PlantedExercises;
let exercises: Exercise[];

beforeEach(() => {
  planted = new PlantedExercises();
  exercises = loadExercises(planted.root);
  writeStubs(planted.root, exercises);
});

afterEach(() => planted.remove());

const build = (language: Language, options: BuildOptions = {}, id = 'first'): Promise<Build> =>
  buildExercise(findExercise(exercises, id), language, { root: planted.root, ...options });

async function run(language: Language, options: Partial<CumulativeRun> = {}, id = 'first'): Promise<Outcome> {
  const built = await build(language, {}, id);
  if (!built.ok) throw new Error(built.messages);
  const checks = cumulativeChecks(exercises, findExercise(exercises, id));
  return runCumulative({
    spec: built.spec,
    checks,
    seed: 1,
    tier: 'quick',
    deadlineMs: LEARNER_DEADLINE_MS,
    ...options,
  });
}

describe('a build in C', () => {
  it('of a stub says nothing, and names the server that was built', async () => {
    expect(await build('c')).toMatchObject({
      ok: true,
      messages: '',
      spec: { name: 'first/c', protocol: 'tcp-echo', track: 'c-sanitize', replay: 'EX=first TRACK=c' },
    });
  });

  it('shows an error as the compiler says it, and nothing of make', async () => {
    planted.edit(SERVER_C, IDLE_C, 'connection = ;');
    const { ok, messages } = await build('c');
    expect(ok).toBe(false);
    expect(messages).toMatch(/^exercises\/01-first\/c\/server\.c:\d+:\d+: error: expected expression/m);
    expect(messages).not.toContain('make');
  });

  it('shows warnings every time, and goes on', async () => {
    planted.edit(SERVER_C, IDLE_C, 'if (connection = 1) return;');
    for (let time = 0; time < 2; time++) {
      const { ok, messages } = await build('c');
      expect(ok).toBe(true);
      expect(messages).toMatch(/server\.c:9:\d+: warning: /);
      expect(messages).toContain('-Wparentheses');
    }
  });

  it('does not mind what is not used yet', async () => {
    planted.edit(SERVER_C, IDLE_C, 'int later = 0;\n    (void)connection;');
    expect(await build('c')).toMatchObject({ ok: true, messages: '' });
  });

  it('refuses a warning in what the authors wrote', async () => {
    planted.edit('solutions/01-first/c/server.c', 'char buffer[4096];', 'char buffer[4096]; int surplus;');
    const { ok, messages } = await build('c', { author: 'solution' });
    expect(ok).toBe(false);
    expect(messages).toContain('-Werror=unused-variable');
  });

  it('of an empty file, or of one that is gone, is an error that says so', async () => {
    planted.write(SERVER_C, '');
    expect((await build('c')).messages).toBe(
      `${SERVER_C} is empty: bring it back, or begin anew with \`make reset EX=first TRACK=c\``,
    );
    rmSync(join(planted.root, SERVER_C));
    expect(await build('c')).toEqual({
      ok: false,
      messages: `${SERVER_C} is missing: bring it back, or begin anew with \`make reset EX=first TRACK=c\``,
    });
  });

  it('ends when it is aborted', async () => {
    const { ok } = await build('c', { signal: AbortSignal.abort() });
    expect(ok).toBe(false);
  });
});

describe('a build in TypeScript', () => {
  it('of a stub says nothing, and names the server', async () => {
    expect(await build('ts')).toMatchObject({
      ok: true,
      messages: '',
      spec: { name: 'first/ts', track: 'ts', argv: [process.execPath, join(planted.root, SERVER_TS)] },
    });
  });

  it('shows an error of types as tsc does, with the line, and sees that it was repaired', async () => {
    planted.edit(SERVER_TS, IDLE_TS, 'const wrong: string = 1;');
    const { ok, messages } = await build('ts');
    expect(ok).toBe(false);
    expect(messages).toMatch(
      /^exercises\/01-first\/ts\/server\.ts:6:9 - error TS2322: Type 'number' is not assignable to type 'string'\./,
    );
    planted.edit(SERVER_TS, 'const wrong: string = 1;', IDLE_TS);
    expect(await build('ts')).toMatchObject({ ok: true, messages: '' });
  });

  it('shows an error of syntax first, and alone', async () => {
    planted.edit(SERVER_TS, IDLE_TS, 'const wrong: string = 1; socket.on(');
    const { ok, messages } = await build('ts');
    expect(ok).toBe(false);
    expect(messages).toContain('error TS1');
    expect(messages).not.toContain('TS2322');
  });

  it('sees errors of all files of the folder, and what Node cannot strip', async () => {
    planted.write('exercises/01-first/ts/codec.ts', 'export enum Kind {\n  a,\n}\n');
    expect((await build('ts')).messages).toMatch(/^exercises\/01-first\/ts\/codec\.ts:1:13 - error TS1294/);
  });
});

describe('what is left to do', () => {
  it('is told with file and line', () => {
    const first = findExercise(exercises, 'first');
    expect([...todosLeft(planted.root, first, 'ts'), ...todosLeft(planted.root, first, 'c')]).toEqual([
      { file: SERVER_TS, line: 5, sentence: 'send every chunk back, and end when the peer has ended' },
      { file: SERVER_C, line: 8, sentence: 'read until the peer has ended, and write back what came' },
    ]);
    expect(whereToLook(planted.root, first, 'c').heading).toBe('still to do');
    rmSync(join(planted.root, SERVER_TS));
    expect(todosLeft(planted.root, first, 'ts')).toEqual([]);
  });

  it('is the function in which it stood, wherever that is now, once the TODO line is gone', () => {
    const first = findExercise(exercises, 'first');
    const mine = `/* mine */\n${planted.read('solutions/01-first/c/server.c').replaceAll(/^.*SOLUTION.*\n/gm, '')}`;
    planted.write(SERVER_C, mine);
    expect(whereToLook(planted.root, first, 'c')).toEqual({
      heading: 'what you write here',
      places: [
        {
          file: SERVER_C,
          line: 8,
          sentence: 'serve(): read until the peer has ended, and write back what came',
        },
      ],
    });
    planted.write(SERVER_C, mine.replace('serve(', 'answer('));
    expect(whereToLook(planted.root, first, 'c').places).toEqual([]);
    rmSync(join(planted.root, SERVER_C));
    expect(whereToLook(planted.root, first, 'c').places).toEqual([]);
  });
});

describe('a run', () => {
  it('of a solution passes', async () => {
    planted.write('exercises/02-second/ts/server.ts', planted.read('solutions/02-second/ts/server.ts'));
    const outcome = await run('ts', {}, 'second');
    expect(outcome.passed).toBe(true);
    expect(outcome.results.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['ready.line', 'pass'],
      ['tcp.echo-basic', 'pass'],
      ['tcp.half-close', 'pass'],
    ]);
  });

  it('tells the first failure in the order of the exercises, once', async () => {
    const first: string[] = [];
    const outcome = await run('ts', { onFirstFailure: ({ id }) => first.push(id) }, 'second');
    expect(outcome.passed).toBe(false);
    expect(first).toEqual(['tcp.echo-basic']);
    expect(outcome.firstFailure?.id).toBe('tcp.echo-basic');
    expect(outcome.results.map(({ verdict }) => verdict)).toEqual(['pass', 'fail', 'not judged']);
  });

  it('waits with all others for the first check of the first exercise, and says so', async () => {
    const outcome = await run('ts', {}, 'second');
    const text = verdictText(outcome, commandServer('tcp-echo', ['./mine']), { seed: 1, tier: 'quick' });
    expect(text).toContain('\n\n1 more waits until tcp.echo-basic passes\n\n');
  });

  it('ends with the first failure when that is enough', async () => {
    planted.edit(SERVER_TS, "'127.0.0.1', () =>", "'127.0.0.1', () => process.exit(3) ||");
    const { passed, firstFailure } = await run('ts', { stopAtFirst: true });
    expect({ passed, id: firstFailure?.id }).toEqual({ passed: false, id: 'ready.line' });
  });

  it('that is aborted has no verdict', async () => {
    const outcome = await run('ts', { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ passed: false, results: [] });
    expect(outcome.firstFailure).toBeUndefined();
  });

  it('shows the report of the sanitizer with file and line', async () => {
    planted.edit(SERVER_C, IDLE_C, 'char few[4];\n    recv(connection, few, connection * 1000, 0);');
    const { firstFailure } = await run('c');
    expect(firstFailure?.id).toBe('tcp.echo-basic');
    expect(firstFailure?.failure?.stderr).toMatch(/AddressSanitizer: stack-buffer-overflow/);
    expect(firstFailure?.failure?.stderr).toMatch(/server\.c:10/);
    expect(firstFailure?.failure?.crash).toEqual({ code: 97, signal: null });
  });
});
