/**
 * The commands of learners and authors, run in a planted workshop beside a copy of the harness: nothing here touches the exercises of
 * the repository.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadExercises } from '../learn/exercise.ts';
import { writeStubs } from '../learn/stubs.ts';
import { ROOT } from '../servers.ts';
import { PlantedExercises } from './planted-exercises.ts';

const STUB = 'exercises/01-first/ts/server.ts';

let planted: PlantedExercises;

beforeAll(() => {
  planted = new PlantedExercises();
  const isNeeded = (path: string): boolean => !/^(harness\/test|harness\/native\/build)(\/|$)/.test(path);
  for (const room of ['harness', 'clients'])
    cpSync(join(ROOT, room), join(planted.root, room), {
      recursive: true,
      filter: (path) => isNeeded(path.slice(ROOT.length + 1)),
    });
  cpSync(join(ROOT, 'tsconfig.json'), join(planted.root, 'tsconfig.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(planted.root, 'node_modules'));
});

beforeEach(() => {
  planted.plant();
  writeStubs(planted.root, loadExercises(planted.root));
});

afterAll(() => planted.remove());

/** Runs a command without a terminal, and outside of an arena: the addon is not copied. */
function workshop(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  // A cache that goes with the copy: its paths are never seen again.
  const NODE_COMPILE_CACHE = join(planted.root, 'build', 'compile-cache');
  const settings = { NO_COLOR: '1', FORCE_COLOR: undefined, ARENA: 'off', CC: undefined, NODE_COMPILE_CACHE };
  const env = { ...process.env, ...settings };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['harness/cli.ts', ...args], {
    cwd: planted.root,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

const solve = (folder: string, language: 'ts' | 'c'): void => {
  const path = `${folder}/${language}/server.${language}`;
  planted.write(`exercises/${path}`, planted.read(`solutions/${path}`));
};

describe('exercises', () => {
  it('says what it wrote, and refuses what somebody has worked on', () => {
    planted.write(STUB, 'my work\n');
    expect(workshop('exercises')).toEqual({
      status: 1,
      stdout: `kept     ${STUB}: somebody has worked on it\n0 written, 0 removed, 1 kept\n`,
      stderr:
        'what is work is never overwritten: `make reset EX=...` keeps it in a backup and gives the stub back\n',
    });
    expect(planted.read(STUB)).toBe('my work\n');
  });

  it('names a marker that stands wrong in one line', () => {
    planted.edit('solutions/01-first/ts/server.ts', '  // END SOLUTION\n', '');
    expect(workshop('exercises')).toEqual({
      status: 65,
      stdout: '',
      stderr: 'solutions/01-first/ts/server.ts:5: this region has no END SOLUTION: add it\n',
    });
  });
});

describe('reset', () => {
  it('asks, and where nobody can answer does nothing without --yes', () => {
    planted.write(STUB, 'my work\n');
    expect(workshop('reset', 'first', '--track', 'ts')).toEqual({
      status: 64,
      stdout: '',
      stderr: `reset would replace ${STUB}: say so with YES=1 (--yes)\n`,
    });
    expect(planted.read(STUB)).toBe('my work\n');
  });

  it('with --yes names the backup, gives the stub back, and takes the mark away', () => {
    solve('01-first', 'ts');
    expect(workshop('check', '--exercise', 'first').status).toBe(0);
    const { status, stdout } = workshop('reset', 'first', '--yes');
    expect(status).toBe(0);
    const backup = /^your version is kept in (exercises\/backups\/01-first-ts-.*)\/$/m.exec(stdout)?.[1];
    expect(stdout).toBe(
      `restored ${STUB}\nyour version is kept in ${backup}/\nfirst/c is the stub already\n`,
    );
    expect(planted.read(`${backup}/server.ts`)).toBe(planted.read('solutions/01-first/ts/server.ts'));
    expect(planted.read(STUB)).toContain('TODO');
    expect(workshop('progress').stdout).toContain('TypeScript 0 of 2');
  });

  it('of an exercise that is not there names those that are', () => {
    const { status, stderr } = workshop('reset', 'third');
    expect({ status, stderr }).toEqual({
      status: 64,
      stderr: 'there is no exercise third; there are: first, second\n',
    });
  });
});

describe('check --exercise', () => {
  it('shows the first failure in full, what is to do, and how many checks wait for it', () => {
    const { status, stdout } = workshop('check', '--exercise', 'second', '--track', 'ts', '--seed', '1');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^FAIL {2}tcp\.echo-basic {2}second\/ts {2}\(/);
    expect(stdout).toContain('replay: make check EX=second TRACK=ts ID=tcp.echo-basic SEED=1');
    expect(stdout.match(/likely cause/g)).toHaveLength(1);
    expect(stdout).toContain('\n1 more waits until tcp.echo-basic passes\n');
    expect(stdout).toContain(
      '\nstill to do:\n  exercises/02-second/ts/server.ts:5: send every chunk back, and end when the peer has ended\n',
    );
    expect(stdout).toMatch(
      /\nsecond\/ts: 1 passed, 1 failed, 1 not judged \(tcp\.echo-basic failed\), [\d.]+ s\n$/,
    );
    expect(existsSync(join(planted.root, 'exercises/progress.json'))).toBe(false);
  });

  it('marks what passes, and says what comes next', () => {
    solve('01-first', 'c');
    const { status, stdout } = workshop('check', '--exercise', 'first', '--track', 'c');
    expect(stdout).toMatch(
      /^first\/c: 2 passed, 0 failed, 0 not judged, [\d.]+ s\n\nfirst is passed; next: exercises\/02-second\/README\.md, then `make check EX=second TRACK=c`\n$/,
    );
    expect(status).toBe(0);
    expect(workshop('progress').stdout).toContain('TypeScript 0 of 2, C 1 of 2');
  });

  it('checks the solution without a mark, and single checks without one', () => {
    const { status, stdout } = workshop('check', '--exercise', 'first', '--solution');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^first\/ts \(solution\): 2 passed, 0 failed, 0 not judged, [\d.]+ s\n$/),
    });
    expect(workshop('check', '--exercise', 'first', '--id', 'ready.line').status).toBe(0);
    expect(existsSync(join(planted.root, 'exercises/progress.json'))).toBe(false);
  });

  it('shows what the compiler says, and nothing else, when it does not build', () => {
    planted.edit(STUB, "socket.on('data', () => {});", 'const wrong: string = 1;');
    const { status, stdout, stderr } = workshop('check', '--exercise', 'first');
    expect({ status, stdout }).toEqual({ status: 65, stdout: '' });
    expect(stderr).toMatch(/^exercises\/01-first\/ts\/server\.ts:6:9 - error TS2322: /);
    expect(stderr).toMatch(
      /\nfirst\/ts does not build: nothing was checked; repair the first error[^\n]*\n$/,
    );
  });

  it('reports for machines like any other check', () => {
    const { status, stdout } = workshop('check', '--exercise', 'first', '--solution', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout).servers).toHaveLength(1);
  });

  it.each([
    [['--exercise', 'third'], 'there is no exercise third; there are: first, second\n'],
    [
      ['--exercise', 'first', '--id', 'tcp.half-close'],
      'first demands none of these checks: it demands ready.line, tcp.echo-basic\n',
    ],
    [['--solution'], '--solution needs --exercise: say which one\n'],
  ])('refuses %j', (args, stderr) => {
    expect(workshop('check', ...args)).toEqual({ status: 64, stdout: '', stderr });
  });
});

describe('compare', () => {
  it('measures nothing of a server that does not pass yet, and says what fails', () => {
    const { status, stdout, stderr } = workshop('compare', 'second', '--track', 'ts');
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: '',
      stderr:
        'second/ts does not pass yet (it fails tcp.echo-basic): nothing was measured; first `make check EX=second TRACK=ts`\n',
    });
  });
});
