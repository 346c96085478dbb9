/**
 * Counts lines of code: those that hold something other than blanks and comments. TypeScript and C write both alike.
 *
 * No parser: it knows strings, so that `"//"` is no comment, and nothing of regular expressions.
 */

/** A string, or a comment, or one other character. */
const PIECE =
  /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\[\s\S])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[\s\S]/g;

/** How many lines of `source` hold code. */
export function codeLines(source: string): number {
  const withoutComments = source.replace(PIECE, (piece) =>
    /^\/[/*]/.test(piece) ? piece.replace(/[^\n]/g, '') : piece,
  );
  return withoutComments.split('\n').filter((line) => line.trim() !== '').length;
}
