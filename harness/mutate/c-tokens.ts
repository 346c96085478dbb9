/**
 * Cuts C into tokens, as far as it takes to change one: words, numbers and punctuators. Comments, texts, characters and lines of the
 * preprocessor are skipped. Pure.
 */

export interface Token {
  kind: 'word' | 'number' | 'punctuator';
  text: string;
  /** Offset of its first character in the file, and of the first one after it. */
  start: number;
  end: number;
}

const SKIPPED = [
  /\s+/,
  /\/\/[^\n]*/,
  /\/\*[\s\S]*?\*\//,
  // From the beginning of a line to an end that no backslash hides.
  /(?<=^[ \t]*)#(?:\\\n|[^\n])*/m,
  /(?:L|u8|u|U)?"(?:\\[\s\S]|[^"\\])*"/,
  /(?:L|u|U)?'(?:\\[\s\S]|[^'\\])*'/,
];
const KINDS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['word', /[A-Za-z_]\w*/],
  // What the standard calls a preprocessing number: it takes in suffixes and exponents.
  ['number', /\.?\d(?:[eEpP][+-]|[\w.'])*/],
  [
    'punctuator',
    /<<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[[\](){}.&*+\-~!/%<>^|?:;=,#]/,
  ],
];

const skipped = new RegExp(SKIPPED.map(({ source }) => source).join('|'), 'my');
const kinds = KINDS.map(([kind, { source }]) => [kind, new RegExp(source, 'y')] as const);

/** All tokens. @throws {Error} for a character that C does not have outside of texts */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    skipped.lastIndex = position;
    const gap = skipped.exec(text);
    if (gap) position = skipped.lastIndex;
    else {
      const token = tokenAt(text, position);
      tokens.push(token);
      position = token.end;
    }
  }
  return tokens;
}

function tokenAt(text: string, start: number): Token {
  for (const [kind, pattern] of kinds) {
    pattern.lastIndex = start;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, text: found, start, end: start + found.length };
  }
  throw new Error(
    `no token of C begins at offset ${start}: ${JSON.stringify(text.slice(start, start + 10))}`,
  );
}

const OPENING = '([{';
const CLOSING = ')]}';

/** Index of the token that closes the bracket at `open`; the number of tokens when none does. */
export function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    depth += depthChange(tokens[i]);
    if (depth === 0) return i;
  }
  return tokens.length;
}

/** 1 for an opening bracket, -1 for a closing one, 0 for anything else. */
export function depthChange(token: Token | undefined): number {
  if (token?.kind !== 'punctuator') return 0;
  if (OPENING.includes(token.text)) return 1;
  return CLOSING.includes(token.text) ? -1 : 0;
}
