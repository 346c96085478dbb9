import { describe, expect, it } from 'vitest';
import { splitCommandLine } from '../command-line.ts';

describe('a command line', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['./server', ['./server']],
    ['  ./server   --a  b ', ['./server', '--a', 'b']],
    [`node 'my server.ts'`, ['node', 'my server.ts']],
    [`node "my server.ts"`, ['node', 'my server.ts']],
    [`a 'b "c" d'`, ['a', 'b "c" d']],
    [`a "b 'c' d"`, ['a', "b 'c' d"]],
    [`a "say \\"hi\\" \\n"`, ['a', 'say "hi" \\n']],
    ['a b\\ c', ['a', 'b c']],
    [`a ''`, ['a', '']],
    [`a pre'mid'"post"`, ['a', 'premidpost']],
    ['a $HOME *.c ; b | c', ['a', '$HOME', '*.c', ';', 'b', '|', 'c']],
  ])('%j is split as a shell would, without expanding anything', (line, words) => {
    expect(splitCommandLine(line)).toEqual(words);
  });

  it.each([
    [`a 'b`, "quote '"],
    [`a "b`, 'quote "'],
    ['a \\', 'backslash'],
  ])('%j is refused: something was left open', (line, what) => {
    expect(() => splitCommandLine(line)).toThrow(`unfinished ${what}`);
  });
});
