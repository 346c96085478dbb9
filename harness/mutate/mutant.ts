/**
 * A mutant: one small change of one file of a reference server, made by a rule and not by a person. Pure.
 *
 * typescript.ts and c.ts find them, workbench.ts plants them.
 */

export const OPERATORS = [
  'relational',
  'arithmetic',
  'logical',
  'bit',
  'constant',
  'condition',
  'statement',
] as const;

/** The kind of change: which operator was exchanged, a constant, a negated condition, a statement that was dropped. */
export type Operator = (typeof OPERATORS)[number];

export const LANGUAGES = ['ts', 'c'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Replaces the characters from `start` to `end` (not included) of a file. */
export interface Mutant {
  language: Language;
  /** From the root of the repository: `servers-c/framed.c`. */
  file: string;
  start: number;
  end: number;
  replacement: string;
  operator: Operator;
}

/** What a person reads of a mutant. */
export interface Change {
  /** Of the first changed character; 1 is the first. */
  line: number;
  column: number;
  /** The changed lines before and after, without indentation; several lines are joined by a space. */
  before: string;
  after: string;
}

/** The text of the file with the mutant in it. */
export function planted(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

export function changeOf(text: string, mutant: Mutant): Change {
  const { start, end } = mutant;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const nextBreak = text.indexOf('\n', end);
  const lineEnd = nextBreak === -1 ? text.length : nextBreak;
  const after = text.slice(lineStart, start) + mutant.replacement + text.slice(end, lineEnd);
  return {
    line: text.slice(0, start).split('\n').length,
    column: start - lineStart + 1,
    before: oneLine(text.slice(lineStart, lineEnd)),
    after: oneLine(after),
  };
}

function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim();
}

/** The other operators that take the place of one, by its spelling in both languages. */
const EXCHANGES: Readonly<Record<string, readonly [Operator, string]>> = {
  '<': ['relational', '<='],
  '<=': ['relational', '<'],
  '>': ['relational', '>='],
  '>=': ['relational', '>'],
  '==': ['relational', '!='],
  '!=': ['relational', '=='],
  '===': ['relational', '!=='],
  '!==': ['relational', '==='],
  '+': ['arithmetic', '-'],
  '-': ['arithmetic', '+'],
  '*': ['arithmetic', '/'],
  '/': ['arithmetic', '*'],
  '%': ['arithmetic', '*'],
  '+=': ['arithmetic', '-='],
  '-=': ['arithmetic', '+='],
  '*=': ['arithmetic', '/='],
  '/=': ['arithmetic', '*='],
  '++': ['arithmetic', '--'],
  '--': ['arithmetic', '++'],
  '&&': ['logical', '||'],
  '||': ['logical', '&&'],
  '&': ['bit', '|'],
  '|': ['bit', '&'],
  '^': ['bit', '&'],
  '<<': ['bit', '>>'],
  '>>': ['bit', '<<'],
  '>>>': ['bit', '<<'],
  '&=': ['bit', '|='],
  '|=': ['bit', '&='],
  '^=': ['bit', '&='],
};

/** What an operator is exchanged for; undefined for one that is left alone. */
export function exchangeFor(spelling: string): readonly [Operator, string] | undefined {
  return Object.hasOwn(EXCHANGES, spelling) ? EXCHANGES[spelling] : undefined;
}

/** `4096`, `0x1F`, `0n`, `1ULL`: digits and what follows them. A number with a point or an exponent is left alone. */
const WHOLE_NUMBER = /^(0[xX][\da-fA-F_']+|[\d_']+)([uUlLn]*)$/;

/** One less and one more than a whole number; for 0 only 1. Empty for what is no whole number. */
export function neighbours(literal: string): string[] {
  const [, digits, suffix] = WHOLE_NUMBER.exec(literal) ?? [];
  if (digits === undefined) return [];
  const value = BigInt(digits.replaceAll(/[_']/g, ''));
  return (value === 0n ? [1n] : [value - 1n, value + 1n]).map((other) => `${other}${suffix}`);
}
