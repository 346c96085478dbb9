/**
 * The files that git tracks, for tests that look at the repository as a whole.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Paths from the root of the repository; a file that was deleted but not yet committed does not count. */
export function trackedFiles(...patterns: string[]): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--', ...patterns], { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}

/** The text of a tracked file. */
export function readTracked(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
