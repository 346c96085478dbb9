/**
 * The watch loop on a real terminal, in a planted workshop beside a copy of the harness: fail, hint, edit, pass, next, and nothing
 * that is left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadExercises } from '../learn/exercise.ts';
import { writeStubs } from '../learn/stubs.ts';
import { ROOT } from '../servers.ts';
import { PlantedExercises } from './planted-exercises.ts';

const PSEUDO_TERMINAL = join(import.meta.dirname, 'fixtures', 'pseudo-terminal.py');
const COLUMNS = 60;
const SCREEN_TIMEOUT_MS = 20_000;
const STUB = 'exercises/01-first/ts/server.ts';
const IDLE = "socket.on('data', () => {});";
const CTRL_C = '\u0003';

let planted: PlantedExercises;
let loop: Session | undefined;

beforeEach(() => {
  planted = new PlantedExercises();
  const isNeeded = (path: string): boolean => !/^(harness\/test|harness\/native\/build)(\/|$)/.test(path);
  for (const room of ['harness', 'clients'])
    cpSync(join(ROOT, room), join(planted.root, room), {
      recursive: true,
      filter: (path) => isNeeded(path.slice(ROOT.length + 1)),
    });
  cpSync(join(ROOT, 'tsconfig.json'), join(planted.root, 'tsconfig.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(planted.root, 'node_modules'));
  writeStubs(planted.root, loadExercises(planted.root));
});

afterEach(() => {
  loop?.child.kill('SIGKILL');
  planted.remove();
});

/** `learn` on a terminal of its own. */
class Session {
  readonly child: ChildProcess;
  #output = '';
  #changed: () => void = () => {};

  constructor(...args: string[]) {
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ARENA: 'off', TERM: 'xterm' };
    const learn = [process.execPath, '--import', 'tsx', 'harness/cli.ts', 'learn', ...args];
    this.child = spawn('python3', [PSEUDO_TERMINAL, `${COLUMNS}`, ...learn], { cwd: planted.root, env });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#changed();
    });
  }

  press(key: string): void {
    this.child.stdin?.write(key);
  }

  /** What stands on the screen: the last body that was drawn, and the last status line. */
  screen(): string {
    const drawn = this.#output.split('\u001b[H\u001b[2J').at(-1) ?? '';
    const [body = '', ...statuses] = drawn.replaceAll('\r\n', '\n').split('\r\u001b[2K');
    return [body, ...statuses.slice(-1)].join('\n');
  }

  /** Resolves with the screen as soon as it shows all of these. */
  async until(...pieces: readonly string[]): Promise<string> {
    const deadline = AbortSignal.timeout(SCREEN_TIMEOUT_MS);
    while (!pieces.every((piece) => this.screen().includes(piece))) {
      if (deadline.aborted) throw new Error(`${pieces.join(', ')} did not show:\n${this.screen()}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return this.screen();
  }
}

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
  loop = new Session('--track', 'ts');
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
