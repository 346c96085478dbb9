/**
 * The files of the repository, for tests that look at it as a whole: those that git tracks, and new ones that it does not
 * ignore, so that a rule is broken before the commit and not after it. What learners write is not among them: the stubs
 * that they begin with are judged by their solutions.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

const LEARNERS_FILES = [':(exclude,glob)exercises/*/ts/**', ':(exclude,glob)exercises/*/c/**'];

/** Paths from the root of the repository; a file that was deleted but not yet committed does not count. */
export function repositoryFiles(...patterns: string[]): string[] {
  const args = [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--',
    ...patterns,
    ...LEARNERS_FILES,
  ];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

/** The text of one of them. */
export function readFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
