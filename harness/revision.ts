/**
 * Names one state of the sources, so that results of different states are never added up.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './servers.ts';
import { MIB } from './units.ts';

const LARGEST_DIFF_BYTES = 256 * MIB;

/**
 * The short commit: `1a2b3c4d5e6f`. With changes that are not committed, a digest of them follows: `1a2b3c4d5e6f+9f8e7d6c`.
 * `unknown` where git or its repository is missing.
 */
export function revision(root: string = ROOT): string {
  try {
    const commit = git(root, 'rev-parse', '--short=12', 'HEAD').trim();
    const changes = git(root, 'diff', '--binary', 'HEAD');
    const added = git(root, 'ls-files', '-z', '--others', '--exclude-standard').split('\0').filter(Boolean);
    return changes === '' && added.length === 0 ? commit : `${commit}+${digest(root, changes, added)}`;
  } catch {
    return 'unknown';
  }
}

function digest(root: string, changes: string, added: readonly string[]): string {
  const hash = createHash('sha256').update(changes);
  for (const path of added) {
    hash.update(path);
    // A link may lead to a folder, or nowhere.
    if (lstatSync(join(root, path)).isFile()) hash.update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 8);
}

function git(root: string, ...words: string[]): string {
  return execFileSync('git', words, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: LARGEST_DIFF_BYTES,
  });
}
