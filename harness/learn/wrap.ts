/**
 * Breaks lines at blanks so that they fit a terminal. Pure. Words that are longer than a line stay whole: the terminal breaks
 * them, and a path can still be copied.
 */
import { stripVTControlCharacters } from 'node:util';

/** Each line of `text` in at most `columns` columns; what follows a break is indented like its line. Colours take no room. */
export function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, columns))
    .join('\n');
}

function wrapLine(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let open = '';
  // A run of blanks stays with the word behind it, so that columns stay columns.
  for (const piece of line.slice(indent.length).match(/ *[^ ]+/g) ?? []) {
    if (open !== '' && widthOf(indent + open + piece) > columns) {
      lines.push(indent + open);
      open = piece.trimStart();
    } else open += piece;
  }
  return [...lines, indent + open];
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
