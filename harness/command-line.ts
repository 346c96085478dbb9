/**
 * Splits a command line into arguments as a shell would, without running a shell.
 *
 * Knows quotes and backslashes, nothing else: no variables, no globs, no pipes. Whoever needs those writes
 * `sh -c '...'`.
 */

/** Spaces outside of quotes; a word is a run of quoted, escaped and plain pieces. */
const PIECE = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;

/**
 * The arguments of `line`; an empty array for a blank line.
 * @throws {Error} with one sentence when a quote or a backslash at the end is left open.
 */
export function splitCommandLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let position = 0;
  while (position < line.length) {
    PIECE.lastIndex = position;
    const piece = PIECE.exec(line);
    if (!piece) throw new Error(`unfinished ${openedBy(line[position])} in the command: ${line}`);
    position = PIECE.lastIndex;
    const text = textOf(piece);
    if (text !== undefined) word = (word ?? '') + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** The text that a piece adds to its word; undefined for the space between two words. */
function textOf([, single, double, escaped, plain]: RegExpExecArray): string | undefined {
  // Inside double quotes a backslash escapes only these four (POSIX shell, 2.2.3), and before others it
  // stays.
  return single ?? double?.replace(/\\([$`"\\])/g, '$1') ?? escaped ?? plain;
}

function openedBy(character: string | undefined): string {
  return character === '\\' ? 'backslash' : `quote ${character}`;
}
