/**
 * The watch loop on a real terminal, in a planted workshop beside a copy of the harness: fail, hint, edit, pass, next, and nothing
 * that is left behind.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadExercises } from '../learn/exercise.ts';
import { writeStubs } from '../learn/stubs.ts';
import { copyHarness, LearnSession } from './learn-session.ts';
import { PlantedExercises } from './planted-exercises.ts';

const COLUMNS = 60;
const STUB = 'exercises/01-first/ts/server.ts';
const IDLE = "socket.on('data', () => {});";
const CTRL_C = '\u0003';

let planted: PlantedExercises;
let loop: LearnSession | undefined;

beforeEach(() => {
  planted = new PlantedExercises();
  copyHarness(planted.root);
  writeStubs(planted.root, loadExercises(planted.root));
});

afterEach(() => {
  loop?.kill();
  planted.remove();
});

/** Command lines of processes that run a file of the planted workshop. */
function leftovers(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((command) => command.includes(planted.root));
}

it('a learner fails, takes a hint, edits, passes and goes on; Ctrl-C leaves nothing behind', async () => {
  // Fails at once; silence would be waited for until a deadline.
  planted.edit(STUB, IDLE, "socket.on('data', () => socket.write('?'));");
  loop = new LearnSession(planted.root, ['--track', 'ts'], { columns: COLUMNS, env: { ARENA: 'off' } });
  const failed = await loop.until('FAIL  tcp.echo-basic', 'waiting for a save in exercises/01-first/ts/');
  expect(failed).toContain('1 of 2  first  The exercise first (TypeScript)');
  expect(failed).toContain(`still to do:\n  ${STUB}:5: send every chunk back`);

  loop.press('h');
  expect(await loop.until('hint 1 of 3')).toContain('hint 1 of 3: Look at the loop.');

  planted.edit(STUB, "socket.write('?')", 'socket.write(');
  expect(await loop.until('it does not build', 'waiting')).toMatch(
    /^exercises\/01-first\/ts\/server\.ts:6:\d+ - error TS/m,
  );

  planted.write(STUB, planted.read('solutions/01-first/ts/server.ts'));
  await loop.until('first is passed', 'waiting', '(TypeScript, passed)');

  loop.press('n');
  await loop.until('2 of 2  second', 'checking: ');
  const ended = once(loop.child, 'exit');
  loop.press(CTRL_C);
  expect((await ended)[0]).toBe(130);
  expect(leftovers()).toEqual([]);
});
