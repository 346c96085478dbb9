/**
 * Finds the mutants of a file of C, from its tokens alone. Pure.
 *
 * Without a parser some of them are no C: the compiler refuses these, and they are not counted. What the layout tells (clang-format puts
 * a space on both sides of a binary operator, and none after a unary one) keeps them few.
 */
import { closingOf, depthChange, type Token, tokensOf } from './c-tokens.ts';
import { exchangeFor, type Mutant, neighbours, type Operator } from './mutant.ts';

type Replace = (start: number, end: number, operator: Operator, ...replacements: string[]) => void;

/** All mutants, in the order of the text. @param file path from the root of the repository */
export function cMutants(file: string, text: string): Mutant[] {
  const tokens = tokensOf(text);
  const mutants: Mutant[] = [];
  const replace: Replace = (start, end, operator, ...replacements) => {
    for (const replacement of replacements)
      mutants.push({ language: 'c', file, start, end, replacement, operator });
  };
  const alone = leftAlone(tokens);
  for (const [i, token] of tokens.entries()) {
    if (alone.has(i)) continue;
    exchangeOperator(text, token, replace);
    changeConstant(token, replace);
    negateCondition(text, tokens, i, replace);
    dropStatement(text, tokens, i, replace);
  }
  return mutants.sort((a, b) => a.start - b.start);
}

/** Indices of tokens that are only logged, or that only the compiler looks at. */
function leftAlone(tokens: readonly Token[]): Set<number> {
  const alone = new Set<number>();
  for (const [i, { text }] of tokens.entries()) {
    if (!/^log_|^_?[sS]tatic_assert$/.test(text) || tokens[i + 1]?.text !== '(') continue;
    const end = closingOf(tokens, i + 1);
    for (let inside = i + 1; inside <= end; inside++) alone.add(inside);
  }
  return alone;
}

function exchangeOperator(text: string, { kind, text: spelling, start, end }: Token, replace: Replace): void {
  if (kind !== 'punctuator') return;
  if (spelling === '~') replace(start, end, 'bit', '');
  const exchange = exchangeFor(spelling);
  if (!exchange) return;
  const isStep = spelling === '++' || spelling === '--';
  const isBinary = /\s/.test(text[start - 1] ?? '') && /\s/.test(text[end] ?? '');
  if (isStep || isBinary) replace(start, end, ...exchange);
}

function changeConstant({ kind, text, start, end }: Token, replace: Replace): void {
  if (kind === 'number') replace(start, end, 'constant', ...neighbours(text));
  if (text === 'true') replace(start, end, 'constant', 'false');
  if (text === 'false') replace(start, end, 'constant', 'true');
}

function negateCondition(text: string, tokens: readonly Token[], i: number, replace: Replace): void {
  const keyword = tokens[i]?.text ?? '';
  if (!['if', 'while', 'for'].includes(keyword) || tokens[i + 1]?.text !== '(') return;
  const close = closingOf(tokens, i + 1);
  const [first, last] = keyword === 'for' ? forCondition(tokens, i + 1, close) : [i + 2, close - 1];
  const [from, to] = [tokens[first], tokens[last]];
  if (from && to && first <= last && !isEquality(tokens.slice(first, last + 1)))
    replace(from.start, to.end, 'condition', `!(${text.slice(from.start, to.end)})`);
}

/** To exchange its operator is to negate it. */
function isEquality(condition: readonly Token[]): boolean {
  const operators = topLevel(condition).filter(({ text }) => /^([!=<>]=|[<>]|&&|\|\||[?=])$/.test(text));
  return operators.length === 1 && /^[!=]=$/.test(operators[0]?.text ?? '');
}

/** Indices of the first and the last token between the two semicolons of `for (...; ...; ...)`. */
function forCondition(tokens: readonly Token[], open: number, close: number): [number, number] {
  const semicolons: number[] = [];
  for (let i = open; i < close; i++) if (tokens[i]?.text === ';') semicolons.push(i);
  const [first = close, second = first] = semicolons;
  return [first + 1, second - 1];
}

function dropStatement(text: string, tokens: readonly Token[], i: number, replace: Replace): void {
  if (!beginsStatement(text, tokens, i)) return;
  const statement = statementAt(tokens, i);
  const [first, last] = [statement[0], statement.at(-1)];
  if (!first || !last) return;
  if (first.text === 'return') replace(first.start, last.end, 'statement', insteadOfReturn(statement));
  else if (isEffect(statement)) replace(first.start, last.end, 'statement', ';');
}

/** After the end of another statement, an opening brace, a label, or the head of an if or a loop. */
function beginsStatement(text: string, tokens: readonly Token[], i: number): boolean {
  const [token, before] = [tokens[i], tokens[i - 1]];
  if (token?.kind !== 'word' && token?.text !== '*' && token?.text !== '(' && depthChange(token) !== 0)
    return false;
  if (!token || !before) return false;
  if ([';', '{', '}', 'else', 'do'].includes(before.text)) return true;
  const line = text.slice(text.lastIndexOf('\n', before.start) + 1, before.end);
  if (before.text === ':') return /^\s*(case\b.*|default\s*|\w+\s*):$/.test(line);
  return (
    before.text === ')' && /^(if|while|for|switch)$/.test(tokens[opening(tokens, i - 1) - 1]?.text ?? '')
  );
}

function opening(tokens: readonly Token[], close: number): number {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    depth -= depthChange(tokens[i]);
    if (depth === 0) return i;
  }
  return 0;
}

/** The tokens up to the semicolon that ends the statement; none when a block ends first. */
function statementAt(tokens: readonly Token[], from: number): Token[] {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    depth += depthChange(tokens[i]);
    if (depth < 0) return [];
    if (depth === 0 && tokens[i]?.text === ';') return tokens.slice(from, i + 1);
  }
  return [];
}

function insteadOfReturn(statement: readonly Token[]): string {
  if (statement.length === 2) return ';';
  return statement.length === 3 && /^(0|false|NULL)$/.test(statement[1]?.text ?? '')
    ? 'return 1;'
    : 'return 0;';
}

const ASSIGNMENTS = ['=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=', '++', '--'];
const NO_EFFECT =
  /^(if|else|for|while|do|switch|case|default|goto|struct|union|enum|static|const|extern|typedef|sizeof)$/;

/** A call, an assignment, a step, a break or a continue: what can be left out without leaving a name undeclared. */
function isEffect(statement: readonly Token[]): boolean {
  const [first, second] = statement;
  if (!first || NO_EFFECT.test(first.text)) return false;
  if (/^(break|continue)$/.test(first.text)) return true;
  const assigned = topLevel(statement).findIndex(({ text }) => ASSIGNMENTS.includes(text));
  const target = assigned === -1 ? [] : topLevel(statement).slice(0, assigned);
  if (target.some((token, i) => token.kind === 'word' && target[i + 1]?.kind === 'word')) return false;
  // `type *name = ...` declares; `*name = ...` assigns.
  if (first.kind === 'word' && second?.text === '*') return false;
  if (first.kind === 'word' && second?.kind === 'word') return false;
  return assigned !== -1 || statement.at(-2)?.text === ')';
}

/** Tokens outside of all brackets. */
function topLevel(tokens: readonly Token[]): Token[] {
  let depth = 0;
  return tokens.filter((token) => {
    const change = depthChange(token);
    depth += change;
    return depth === 0 && change === 0;
  });
}
