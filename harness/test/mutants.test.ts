/**
 * Which mutants are found in a text, and which are left alone: literal texts, literal changes.
 */
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { cMutants } from '../mutate/c.ts';
import { tokensOf } from '../mutate/c-tokens.ts';
import { changeOf, type Mutant, neighbours, planted } from '../mutate/mutant.ts';
import { allMutants, spread, suitesImporting } from '../mutate/sources.ts';
import { typescriptMutants } from '../mutate/typescript.ts';
import { ROOT } from '../servers.ts';
import { readFile } from './repository-files.ts';

/** `operator: the changed text`, of a text of one line. */
function changes(mutants: readonly Mutant[], text: string): string[] {
  return mutants.map((mutant) => `${mutant.operator}: ${changeOf(text, mutant).after}`);
}
const inC = (text: string): string[] => changes(cMutants('x.c', text), text);
const inTypeScript = (text: string): string[] => changes(typescriptMutants('x.ts', text), text);

describe('a mutant', () => {
  const text = 'int a;\n  if (a <\n      b) {\n}\n';
  const mutant: Mutant = {
    ...{ language: 'c', file: 'x.c', operator: 'relational' },
    ...{ start: 15, end: 16, replacement: '<=' },
  };

  it('replaces a range of characters, and nothing around it', () => {
    expect(planted(text, mutant)).toBe('int a;\n  if (a <=\n      b) {\n}\n');
  });

  it('is shown with its place, without indentation', () => {
    expect(changeOf(text, mutant)).toEqual({ line: 2, column: 9, before: 'if (a <', after: 'if (a <=' });
  });

  it('is shown in one line when it takes several', () => {
    const wide = { ...mutant, start: 13, end: 24, replacement: 'c' };
    expect(changeOf(text, wide)).toEqual({ line: 2, column: 7, before: 'if (a < b) {', after: 'if (c) {' });
  });

  it.each([
    ['0', ['1']],
    ['1', ['0', '2']],
    ['4_096', ['4095', '4097']],
    ['0x1F', ['30', '32']],
    ['1000000000ULL', ['999999999ULL', '1000000001ULL']],
    ['0n', ['1n']],
    ['1.5', []],
    ['1e3', []],
  ])('changes the constant %s to %j', (literal, others) => expect(neighbours(literal)).toEqual(others));
});

describe('the tokens of C', () => {
  it('leave out comments, texts, characters and the lines of the preprocessor', () => {
    const text = `#define A(x) \\
  ((x) + 1)
  # include <a.h>
a = '"'; /* b // " */ c("/* d \\" */", L'\\''); // e \\n
f;`;
    expect(
      tokensOf(text)
        .map((token) => token.text)
        .join(' '),
    ).toBe('a = ; c ( , ) ; f ;');
  });

  it('stand where they say, in every file of the servers', () => {
    const text = readFile('servers-c/net/loop.c');
    for (const { start, end, text: spelling } of tokensOf(text))
      expect(text.slice(start, end)).toBe(spelling);
  });

  it.each([
    ['a>>=b', ['a', '>>=', 'b']],
    ['p->q--', ['p', '->', 'q', '--']],
    ['0x1FULL+.5e-3f', ['0x1FULL', '+', '.5e-3f']],
    ['f(...)', ['f', '(', '...', ')']],
  ])('are the longest there are: %s', (text, tokens) => {
    expect(tokensOf(text).map((token) => token.text)).toEqual(tokens);
  });
});

describe('the mutants of a line of C', () => {
  it.each<[string, string[]]>([
    ['x = a < b;', ['relational: x = a <= b;']],
    ['x = a + b;', ['arithmetic: x = a - b;']],
    ['x = a && b;', ['logical: x = a || b;']],
    ['x = a & ~b;', ['bit: x = a | ~b;', 'bit: x = a & b;']],
    ['x = y[0];', ['constant: x = y[1];']],
    ['x = true;', ['constant: x = false;']],
    ['x = *p;', []],
    ['char *p = &q;', []],
    ['x = -y;', []],
    ['#define MASK (1 << 3)', []],
  ])('%s', (text, expected) => expect(inC(text)).toEqual(expected));

  it.each<[string, string[]]>([
    ['{ f(x); }', ['statement: { ; }']],
    ['{ (void)f(x); }', ['statement: { ; }']],
    ['{ p->x = y; }', ['statement: { ; }']],
    ['{ *p = y; }', ['statement: { ; }']],
    ['{ n++; }', ['statement: { ; }', 'arithmetic: { n--; }']],
    ['{ break; }', ['statement: { ; }']],
    ['{ return; }', ['statement: { ; }']],
    ['{ return x; }', ['statement: { return 0; }']],
    ['{ return NULL; }', ['statement: { return 1; }']],
    ['{ int x; int y = f(x); struct a b = {.c = d}; char *p = q; const int z = x; }', []],
    ['struct a { int b; char *c; };', []],
  ])('%s drops statements, never a declaration', (text, expected) => expect(inC(text)).toEqual(expected));

  it.each<[string, string[]]>([
    ['{ if (f(x)) { } }', ['condition: { if (!(f(x))) { } }']],
    ['{ while (x) y(); }', ['condition: { while (!(x)) y(); }', 'statement: { while (x) ; }']],
    ['{ for (;x;) { } }', ['condition: { for (;!(x);) { } }']],
    ['{ for (;;) { } }', []],
  ])('%s negates conditions', (text, expected) => expect(inC(text)).toEqual(expected));

  it('does not negate an equality, which exchanging its operator does', () => {
    expect(inC('{ if (a == b) { } }')).toEqual(['relational: { if (a != b) { } }']);
    expect(inC('{ if (a == b || c) { } }')).toContain('condition: { if (!(a == b || c)) { } }');
  });

  it('leave alone what is only logged, but not whether it is', () => {
    expect(inC('{ log_error("x", log_number("n", a + 1)); }')).toEqual(['statement: { ; }']);
  });

  it('find statements after the head of an if, a label and a case, not in an expression', () => {
    expect(inC('{\ncase A:\nf(); }')).toEqual(['statement: ; }']);
    expect(inC('{ x = a ? b : f(c); }')).toEqual(['statement: { ; }']);
    expect(inC('{ if (a) f(); else g(); }')).toEqual([
      'condition: { if (!(a)) f(); else g(); }',
      'statement: { if (a) ; else g(); }',
      'statement: { if (a) f(); else ; }',
    ]);
  });
});

describe('the mutants of a line of TypeScript', () => {
  it.each<[string, string[]]>([
    ['const x = a < b;', ['relational: const x = a <= b;']],
    ['const x = a === b;', ['relational: const x = a !== b;']],
    ['const x = a + b;', ['arithmetic: const x = a - b;']],
    ["const x = a + 'b';", []],
    ['const x = a && b;', ['logical: const x = a || b;']],
    ['const x = a >>> ~b;', ['bit: const x = a << ~b;', 'bit: const x = a >>> b;']],
    ['const x = 1n;', ['constant: const x = 0n;', 'constant: const x = 2n;']],
    ['const x = { 5: true };', ['constant: const x = { 5: false };']],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text under test
    ['const x = `a ${b + 1}`;', []],
    ['x++;', ['arithmetic: x--;', 'statement: ;']],
    ['f(x);', ['statement: ;']],
    ['throw x;', ['statement: ;']],
    ["import { a } from 'b';", []],
    ['type A = 1 | 2;', []],
    ['interface A { b: 1 | 2 }', []],
    ['const x: 1 | 2 = y as 1;', []],
    ['if (a) b;', ['condition: if (!(a)) b;', 'statement: if (a) ;']],
    ['if (a === b);', ['relational: if (a !== b);']],
    ['const x = a ? b : c;', ['condition: const x = !(a) ? b : c;']],
    ["log.error('x', { n: a + 1 });", ['statement: ;']],
    ['function f() { return a; }', ['statement: function f() { return undefined; }']],
    ['function f() { return true; }', ['constant: function f() { return false; }']],
    ['function f() { return; }', ['statement: function f() { ; }']],
  ])('%s', (text, expected) => expect(inTypeScript(text).toSorted()).toEqual(expected.toSorted()));
});

describe('the mutants of the servers', () => {
  const mutants = { ts: allMutants(ROOT, 'ts'), c: allMutants(ROOT, 'c') };

  it.each(['ts', 'c'] as const)(
    'in %s are of every kind, in every program, and all different',
    (language) => {
      const found = mutants[language];
      expect(new Set(found.map(({ operator }) => operator)).size).toBe(7);
      const files = new Set(found.map(({ file }) => file));
      for (const program of ['tcp-echo', 'udp-echo', 'framed'])
        expect(files).toContain(`servers-${language}/${program}.${language}`);
      const identities = found.map(
        ({ file, start, end, replacement }) => `${file} ${start} ${end} ${replacement}`,
      );
      expect(new Set(identities).size).toBe(found.length);
    },
  );

  it('in TypeScript are TypeScript', () => {
    const broken = spread(mutants.ts, 1)
      .slice(0, 150)
      .filter((mutant) => {
        const fileName = mutant.file;
        const options = { reportDiagnostics: true, fileName };
        return ts.transpileModule(planted(readFile(fileName), mutant), options).diagnostics?.length !== 0;
      });
    expect(broken).toEqual([]);
  });

  it('are drawn in an order that the seed decides, from every file and kind of change before any twice', () => {
    const drawn = spread(mutants.c, 7);
    expect(spread(mutants.c, 7)).toEqual(drawn);
    expect(spread(mutants.c, 8)).not.toEqual(drawn);
    expect(new Set(drawn)).toEqual(new Set(mutants.c));
    const groupOf = ({ file, operator }: Mutant): string => `${file} ${operator}`;
    const groups = new Set(mutants.c.map(groupOf)).size;
    expect(new Set(drawn.slice(0, groups).map(groupOf)).size).toBe(groups);
  });

  it('concern the servers that import their file', () => {
    expect(suitesImporting(ROOT, 'servers-ts/framed.ts')).toEqual(['framed']);
    expect(suitesImporting(ROOT, 'servers-ts/wire/frame.ts')).toEqual(['framed']);
    expect(suitesImporting(ROOT, 'servers-ts/net/lifecycle.ts')).toEqual(['framed', 'tcp-echo', 'udp-echo']);
  });
});
