/**
 * A solution becomes a stub: literal sources in, literal stubs out, and every marker that stands wrong is named with file and line.
 */
import { describe, expect, it } from 'vitest';
import { codeLines } from '../learn/code-lines.ts';
import { strip } from '../learn/strip.ts';

const lines = (...texts: string[]): string => `${texts.join('\n')}\n`;

describe('a solution in TypeScript', () => {
  it('loses its regions, and keeps what STUB says of them', () => {
    const source = lines(
      'export function first(bytes: Buffer): number {',
      '  // BEGIN SOLUTION: return the first byte, or -1',
      '  if (bytes.length === 0) return -1;',
      '',
      '  return bytes[0];',
      '  // STUB: return 0;',
      '  // END SOLUTION',
      '}',
    );
    expect(strip(source, 'ts', 'a.ts')).toEqual({
      text: lines(
        'export function first(bytes: Buffer): number {',
        '  // TODO: return the first byte, or -1',
        '  return 0;',
        '}',
      ),
      regions: [{ line: 2, sentence: 'return the first byte, or -1' }],
    });
  });

  it('leaves the code of a STUB that stands behind other code, at the indent of its line', () => {
    const source = lines(
      '// BEGIN SOLUTION: count',
      '    let n = count(all); // STUB: let n = 0;',
      '// END SOLUTION',
      'n;',
    );
    expect(strip(source, 'ts', 'a.ts').text).toBe(lines('// TODO: count', '    let n = 0;', 'n;'));
  });

  it('keeps two regions apart', () => {
    const source = lines(
      '// BEGIN SOLUTION: one',
      'a;',
      '// END SOLUTION',
      'b;',
      '\t// BEGIN SOLUTION: two: and more',
      'c;',
      '\t// END SOLUTION',
    );
    expect(strip(source, 'ts', 'a.ts')).toEqual({
      text: lines('// TODO: one', 'b;', '\t// TODO: two: and more'),
      regions: [
        { line: 1, sentence: 'one' },
        { line: 5, sentence: 'two: and more' },
      ],
    });
  });

  it('is given whole when it has no region', () => {
    const source = 'const a = 1; // the solution begins here\n\n\n';
    expect(strip(source, 'ts', 'a.ts')).toEqual({ text: source, regions: [] });
  });
});

describe('a solution in C', () => {
  it('loses its regions, and keeps what STUB says of them', () => {
    const source = lines(
      'int first(const char *bytes) {',
      '    /* BEGIN SOLUTION: return the first byte */',
      '    return bytes[0]; /* a comment */',
      '    /* STUB: (void)bytes; */',
      '    /* STUB: return 0; */',
      '    /* END SOLUTION */',
      '}',
    );
    expect(strip(source, 'c', 'a.c').text).toBe(
      lines(
        'int first(const char *bytes) {',
        '    /* TODO: return the first byte */',
        '    (void)bytes;',
        '    return 0;',
        '}',
      ),
    );
  });
});

describe('a marker that stands wrong', () => {
  it.each([
    ['is not closed', '\n// BEGIN SOLUTION: a\n', 'a.ts:2: this region has no END SOLUTION: add it'],
    [
      'is nested',
      '// BEGIN SOLUTION: a\n\n// BEGIN SOLUTION: b\n',
      'a.ts:3: a region begins inside of the one of line 1: end that one first',
    ],
    ['is not opened', '\n// END SOLUTION\n', 'a.ts:2: END SOLUTION without a BEGIN SOLUTION before it'],
    [
      'has no sentence',
      '// BEGIN SOLUTION\n// END SOLUTION\n',
      'a.ts:1: this region has no sentence: write `// BEGIN SOLUTION: what is to be done`',
    ],
    [
      'has an empty sentence',
      '// BEGIN SOLUTION:  \n// END SOLUTION\n',
      'a.ts:1: this region has no sentence: write `// BEGIN SOLUTION: what is to be done`',
    ],
    [
      'is a STUB outside of a region',
      'a;\n// STUB: b;\n',
      'a.ts:2: STUB outside of a region: it says what is left of one, so move it inside',
    ],
    [
      'is a STUB without code',
      '// BEGIN SOLUTION: a\n// STUB:\n// END SOLUTION\n',
      'a.ts:2: this STUB has no code: write what stays in the stub behind the colon',
    ],
    [
      'begins behind code',
      'a; // BEGIN SOLUTION: a\n',
      'a.ts:1: BEGIN SOLUTION is not a marker here: write it as `// BEGIN SOLUTION: ...`, on one line of its own',
    ],
    [
      'is written in the other language',
      '/* END SOLUTION */\n',
      'a.ts:1: END SOLUTION is not a marker here: write it as `// END SOLUTION`, on one line of its own',
    ],
  ])('%s: file, line and what to do', (_, source, message) => {
    expect(() => strip(source, 'ts', 'a.ts')).toThrow(message);
  });

  it('was broken over two lines by a formatter', () => {
    const source = '/* BEGIN SOLUTION: a sentence\n * that goes on */\n/* END SOLUTION */\n';
    expect(() => strip(source, 'c', 'server.c')).toThrow(
      'server.c:1: BEGIN SOLUTION is not a marker here: write it as `/* BEGIN SOLUTION: ... */`, on one line of its own',
    );
  });
});

describe('lines of code', () => {
  it.each([
    ['', 0],
    ['\n  \n\t\n', 0],
    ['// nothing\n/* nothing\n\n at all */ \n', 0],
    ['a; // one\n/* none */ b;\n', 2],
    ['const a = "// no comment";\nconst b = \'/*\';\nc;\n', 3],
    ['`a\n// text\nb`;\n', 3],
    ['/* one */ a; /* and\n more */ b;\n', 2],
  ])('of %j are %i', (source, count) => expect(codeLines(source)).toBe(count));
});
