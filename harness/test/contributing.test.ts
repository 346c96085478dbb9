/**
 * CONTRIBUTING.md and docs/own-language.md lead to what is there: files, targets of make, names in files.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readFile } from './repository-files.ts';

const PAGES = ['CONTRIBUTING.md', 'docs/own-language.md'];
/** Made up for the reader to replace. */
const PLACEHOLDER = /NN-slug|LANGUAGE/;

const matches = (page: string, pattern: RegExp): string[] =>
  [...readFile(page).matchAll(pattern)].map(([, found = '']) => found);

describe.each(PAGES)('%s', (page) => {
  it('links to files that exist', () => {
    const links = matches(page, /\]\(([^)#]+)(?:#[^)]*)?\)/g);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });

  it('names targets that make has', () => {
    const makefile = readFile('Makefile');
    const targets = matches(page, /(?:^|`)make ([a-z-]+)/gm);
    expect(targets.length).toBeGreaterThan(3);
    expect(targets.filter((target) => !makefile.includes(`\n${target}:`))).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  it('names files and folders that exist', () => {
    const named = matches(
      'CONTRIBUTING.md',
      /`((?:harness|servers-|solutions|clients|exercises|docs|\.)[^\s`]*)`/g,
    );
    const paths = named.filter((path) => path.length > 1 && !PLACEHOLDER.test(path));
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each([
    ['SUITES', 'harness/servers.ts'],
    ['TRACKS', 'harness/servers.ts'],
    ['referenceServer', 'harness/servers.ts'],
    ['LANGUAGES', 'harness/learn/strip.ts'],
  ])('names %s, which %s exports', (name, file) => {
    expect(readFile('CONTRIBUTING.md')).toContain(name);
    expect(readFile(file)).toMatch(new RegExp(`export (?:const|function) ${name}\\b`));
  });
});
