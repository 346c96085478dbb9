/**
 * Turns the source of a solution into the stub that a student begins with: every marked region becomes one TODO line.
 *
 * Pure: text in, text out. It does not parse the language; a marker is a comment on a line of its own. stubs.ts says which
 * files are stripped and where the stubs go.
 */

/** The languages of exercises, which are the tracks of a learner. */
export type Language = 'ts' | 'c';

export const LANGUAGES: readonly Language[] = ['ts', 'c'];

/** One marked region of a solution. */
export interface Region {
  /** Line of its BEGIN marker in the solution, from 1. */
  line: number;
  /** What the student has to do there. */
  sentence: string;
}

export interface Stripped {
  text: string;
  /** Empty for a given file, whose stub is the file itself. */
  regions: readonly Region[];
}

/** A marker stands where it cannot stand; the message begins with `file:line:`. */
export class StripError extends Error {
  override readonly name = 'StripError';
}

interface Marker {
  kind: 'begin' | 'end' | 'stub';
  /** White space at the beginning of its line. */
  indent: string;
  /** Code in front of the marker. */
  code: string;
  /** The sentence of BEGIN, the code of STUB. */
  text: string;
}

/** Code, and behind it a marker to the end of the line. */
const MARKERS: Record<Language, RegExp> = {
  ts: /^(\s*)(.*?)\/\/ (BEGIN SOLUTION|END SOLUTION|STUB)(?:: ?(.*))?$/,
  c: /^(\s*)(.*?)\/\* (BEGIN SOLUTION|END SOLUTION|STUB)(?:: ?((?:(?!\*\/).)*))? ?\*\/$/,
};
const KINDS = { 'BEGIN SOLUTION': 'begin', 'END SOLUTION': 'end', STUB: 'stub' } as const;
/** What somebody meant as a marker, in whatever form. */
const MEANT = /\b(BEGIN SOLUTION|END SOLUTION|STUB:)/;

/** The comment of a language, on one line. */
function comment(language: Language, text: string): string {
  return language === 'ts' ? `// ${text}` : `/* ${text} */`;
}

/**
 * The stub of a solution's file.
 * @param file its path, for messages
 * @throws {StripError} for a region that is not closed, not opened, nested or without a sentence, for a STUB outside of
 *   one, and for a marker that is none
 */
export function strip(source: string, language: Language, file: string): Stripped {
  const lines: string[] = [];
  const regions: Region[] = [];
  let open: Region | undefined;
  for (const [index, line] of source.split('\n').entries()) {
    const number = index + 1;
    const marker = markerIn(line, number, language, file);
    if (marker === undefined) {
      if (open === undefined) lines.push(line);
    } else if (marker.kind === 'begin') {
      open = begin(marker, number, open, language, file);
      regions.push(open);
      lines.push(`${marker.indent}${comment(language, `TODO: ${open.sentence}`)}`);
    } else if (open === undefined) {
      throw new StripError(`${file}:${number}: ${outside(marker)}`);
    } else if (marker.kind === 'stub') {
      lines.push(`${marker.indent}${stubCode(marker, number, file)}`);
    } else open = undefined;
  }
  if (open) throw new StripError(`${file}:${open.line}: this region has no END SOLUTION: add it`);
  return { text: lines.join('\n'), regions };
}

/**
 * The solution without its markers: what is read once the exercise is passed.
 * @throws {StripError} as `strip`
 */
export function withoutMarkers(source: string, language: Language, file: string): string {
  const lines = source.split('\n');
  return lines.filter((line, index) => !markerIn(line, index + 1, language, file)).join('\n');
}

function markerIn(line: string, number: number, language: Language, file: string): Marker | undefined {
  const found = MARKERS[language].exec(line.trimEnd());
  if (found) {
    const [, indent = '', code = '', word = '', text = ''] = found;
    const kind = KINDS[word as keyof typeof KINDS];
    // What a STUB leaves is code, whose indentation counts.
    const kept = kind === 'stub' ? text.trimEnd() : text.trim();
    if (kind === 'stub' || code === '') return { kind, indent, code, text: kept };
  }
  const meant = MEANT.exec(line)?.[1];
  if (meant === undefined) return undefined;
  const form = comment(language, meant === 'END SOLUTION' ? meant : `${meant.replace(':', '')}: ...`);
  throw new StripError(
    `${file}:${number}: ${meant.replace(':', '')} is not a marker here: write it as \`${form}\`, on one line of its own`,
  );
}

function begin(
  { text: sentence }: Marker,
  line: number,
  open: Region | undefined,
  language: Language,
  file: string,
): Region {
  if (open)
    throw new StripError(
      `${file}:${line}: a region begins inside of the one of line ${open.line}: end that one first`,
    );
  if (sentence === '')
    throw new StripError(
      `${file}:${line}: this region has no sentence: write \`${comment(language, 'BEGIN SOLUTION: what is to be done')}\``,
    );
  return { line, sentence };
}

function outside({ kind }: Marker): string {
  return kind === 'end'
    ? 'END SOLUTION without a BEGIN SOLUTION before it'
    : 'STUB outside of a region: it says what is left of one, so move it inside';
}

function stubCode({ text }: Marker, number: number, file: string): string {
  if (text !== '') return text;
  throw new StripError(
    `${file}:${number}: this STUB has no code: write what stays in the stub behind the colon`,
  );
}
