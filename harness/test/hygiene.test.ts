/**
 * What the repository as a whole keeps to: names that say something, and no trace of the machine it was written on.
 */
import { homedir } from 'node:os';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readFile, repositoryFiles } from './repository-files.ts';

/** Says nothing about what is inside. */
const EMPTY_NAME = /(^|[-_.])(utils?|helpers?|common|misc|managers?)([-_.]|$)/i;

/** Where people and build machines keep their checkouts. */
const MACHINE_PATH = /(?<![\w.)-])\/(?:home|Users|root|work|mnt|builds?)\/[\w.-]/;

/** Lines of a text that carry a path of some machine, or of this one. */
function machinePaths(text: string): string[] {
  const own = [ROOT, homedir()].filter((path) => path.length > 1);
  return text
    .split('\n')
    .filter((line) => MACHINE_PATH.test(line) || own.some((path) => line.includes(`${path}/`)));
}

describe('the files of the repository', () => {
  const files = repositoryFiles();

  it('are there to be looked at', () => {
    expect(files).toContain('docs/contract.md');
  });

  it('have names that say what is inside', () => {
    expect(files.filter((path) => EMPTY_NAME.test(basename(path)))).toEqual([]);
  });

  it('contain no path of a machine', () => {
    const found = files.flatMap((path) =>
      machinePaths(readFile(path)).map((line) => `${path}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});

describe('the rules of hygiene', () => {
  it.each(['utils.ts', 'helper.c', 'test-helpers.ts', 'common.h', 'misc.test.ts', 'connection_manager.c'])(
    'report the name %s',
    (name) => expect(name).toMatch(EMPTY_NAME),
  );

  it.each(['uncommon.ts', 'connection.ts', 'utilization.ts'])('allow the name %s', (name) => {
    expect(name).not.toMatch(EMPTY_NAME);
  });

  it.each(['home', 'Users', 'root', 'work'])('report a path below /%s', (folder) => {
    expect(machinePaths(`a\nsee /${folder}/someone/file\n`)).toEqual([`see /${folder}/someone/file`]);
  });

  it('report the path of this checkout', () => {
    expect(machinePaths(`${ROOT}/README.md`)).toHaveLength(1);
  });

  it.each([
    '/proc/net/tcp',
    '$(ROOT)/build/x',
    'docs/home/page.md',
    './work/x',
    'https://example.org/home/x',
  ])('allow %s', (text) => {
    expect(machinePaths(text)).toEqual([]);
  });
});
