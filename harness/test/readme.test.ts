import { describe, expect, it } from 'vitest';
import { mirror, sectionsOf, sideBySide, withParts } from '../commands/mirror.ts';
import { refresh } from '../commands/readme.ts';

describe('the blocks of the README', () => {
  const text = 'before\n<!-- run: make list -->\nold\n<!-- end -->\nafter\n';

  it('are replaced by what the command prints, with a stamp, and nothing else changes', () => {
    const fresh = refresh(text, (command) => `output of ${command}\n`, '*stamp*');
    expect(fresh).toBe(
      'before\n<!-- run: make list -->\n```text\n$ make list\noutput of make list\n```\n\n*stamp*\n<!-- end -->\nafter\n',
    );
  });

  it('give the same text when they are refreshed twice', () => {
    const once = refresh(text, () => 'a $& b', '*s*');
    expect(refresh(once, () => 'a $& b', '*s*')).toBe(once);
  });

  it('can be cut to the last lines of a long output', () => {
    const fresh = refresh('<!-- run: make test (last 2 lines) -->\n<!-- end -->', () => '1\n2\n3\n', '*s*');
    expect(fresh).toContain('$ make test\n2\n3\n```');
  });

  it('say how a command must exit that is shown because it fails', () => {
    const asked: [string, number][] = [];
    const run = (command: string, exitCode: number): string => {
      asked.push([command, exitCode]);
      return '';
    };
    refresh('<!-- run: x (last 3 lines) (exit 2) -->\n<!-- end --><!-- run: y -->\n<!-- end -->', run, '*s*');
    expect(asked).toEqual([
      ['x', 2],
      ['y', 0],
    ]);
  });

  it('lose colours and trailing spaces', () => {
    const fresh = refresh('<!-- run: x -->\n<!-- end -->', () => '\u001b[31mred\u001b[0m  \n', '*s*');
    expect(fresh).toContain('\nred\n');
  });
});

describe('the mirror view', () => {
  it('cuts a file at its section banners in both comment styles', () => {
    expect(sectionsOf('x\n// ---- read ----\ny').map(({ name }) => name)).toEqual(['top', 'read']);
    expect(sectionsOf('/* ---- read ---- */\ny').map(({ name }) => name)).toEqual(['top', 'read']);
  });

  it('sets sections of the same name beside each other, whatever their length', () => {
    const view = sideBySide('a\n// ---- read ----\nb', 'c\nd\n/* ---- read ---- */\ne', 123);
    const rows = view.split('\n').map((row) => row.split('|').map((cell) => cell.trim()));
    expect(rows[0]).toEqual(['a', 'c']);
    expect(rows[1]).toEqual(['', 'd']);
    expect(rows[4]).toEqual(['b', 'e']);
  });

  it('shows the parts of a concept after it, and a part alone', () => {
    expect(withParts('framed').slice(0, 2)).toEqual(['framed', 'framed/answer']);
    expect(withParts('connection')).toContain('net/connection/output');
    expect(withParts('connection')).not.toContain('net/connections');
    expect(withParts('output')).toEqual(['net/connection/output']);
    expect(mirror('framed', 200)).toContain(
      '\nservers-ts/framed/requests.ts | servers-c/framed/requests.c\n',
    );
  });

  it('is not there for what one language has alone', () => {
    expect(withParts('loop')).toEqual([]);
    expect(mirror('loop', 200)).toBeUndefined();
  });
});
