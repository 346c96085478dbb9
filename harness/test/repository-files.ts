/**
 * The files of the repository, for tests that look at it as a whole: those that git tracks, and new ones that it does not
 * ignore, so that a rule is broken before the commit and not after it. What learners write is not among them: the stubs
 * that they begin with are judged by their solutions.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Not as a pathspec: git 2.39 lists nothing where `:(exclude)` stands beside some other patterns. */
const LEARNERS_FILE = /^exercises\/[^/]+\/(ts|c)\//;

/**
 * Paths from the root of the repository; a file that was deleted but not yet committed does not count.
 * @throws {Error} when there are none: a rule for no file is no rule
 */
export function repositoryFiles(...patterns: string[]): string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).split('\0');
  const paths = listed.filter(
    (path) => path !== '' && !LEARNERS_FILE.test(path) && existsSync(join(ROOT, path)),
  );
  if (paths.length === 0) throw new Error(`git lists no file for ${patterns.join(' ')}`);
  return paths;
}

/** The text of one of them. */
export function readFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
