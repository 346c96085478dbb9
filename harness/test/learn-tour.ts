/**
 * `make tour`: plays a session of `make learn` on a pseudo-terminal and prints its screens: a first run, a hint, a save that is right, the
 * next exercise. In a copy of the workshop: nobody's exercises are touched.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadExercises } from '../learn/exercise.ts';
import { writeStubs } from '../learn/stubs.ts';
import { runCommandLine } from '../run-command-line.ts';
import { ROOT } from '../servers.ts';
import { copyHarness, LearnSession } from './learn-session.ts';

const COLUMNS = 120;
const EXERCISE = '01-tcp-echo/ts';
const WAITING = 'waiting for a save';
/** Shown once. */
const KEYS_AND_BELOW = /\n\[h\]int[\s\S]*/;

function show(what: string, screen: string): void {
  process.stdout.write(`--- ${what}\n\n${screen.trim()}\n\n`);
}

/** What is new on a screen. */
function from(screen: string, beginning: string): string {
  return screen.slice(screen.indexOf(beginning)).replace(KEYS_AND_BELOW, '');
}

function copyExercises(root: string): void {
  cpSync(join(ROOT, 'package.json'), join(root, 'package.json'));
  const isWritten = (path: string): boolean => !/^exercises\/[^/]+\/(ts|c)(\/|$)/.test(path);
  for (const room of ['exercises', 'solutions'])
    cpSync(join(ROOT, room), join(root, room), {
      recursive: true,
      filter: (path) => isWritten(path.slice(ROOT.length + 1)) && !path.includes('progress.json'),
    });
  writeStubs(root, loadExercises(root));
}

async function tour(root: string, learn: LearnSession): Promise<void> {
  show('make learn', await learn.until('FAIL', WAITING));
  learn.press('h');
  show('key h', from(await learn.until('hint 1 of'), 'hint 1 of'));
  cpSync(join(root, 'solutions', EXERCISE), join(root, 'exercises', EXERCISE), { recursive: true });
  show(
    'a save, with what was missing',
    (await learn.until('is passed', WAITING)).replace(KEYS_AND_BELOW, ''),
  );
  learn.press('n');
  show('key n', (await learn.until('2 of', 'FAIL')).replace(KEYS_AND_BELOW, ''));
  learn.press('q');
}

async function play(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'workshop-tour-'));
  copyHarness(root);
  copyExercises(root);
  const learn = new LearnSession(root, ['--track', 'ts'], { columns: COLUMNS });
  try {
    await tour(root, learn);
  } finally {
    learn.kill();
    rmSync(root, { recursive: true, force: true });
  }
}

await runCommandLine(new Command('tour').description('play a session of `make learn`').action(play));
