/**
 * `mirror NAME`: prints the TypeScript and the C side of one concept and of its parts side by side, section by section.
 *
 * It only shows; that the two sides agree is held by harness/test/mirror.test.ts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const NARROWEST_COLUMN = 60;
const GUTTER = ' | ';

/** Name of the section that code before the first banner belongs to. */
const PREAMBLE = 'top';
const BANNER = /^(?:\/\/|\/\*) ---- ([a-z-]+) ----/;

export interface Section {
  name: string;
  lines: string[];
}

/** Cuts a source file at its section banners. */
export function sectionsOf(source: string): Section[] {
  const sections: Section[] = [{ name: PREAMBLE, lines: [] }];
  for (const line of source.trimEnd().split('\n')) {
    const banner = BANNER.exec(line);
    if (banner) sections.push({ name: banner[1] ?? '', lines: [] });
    sections.at(-1)?.lines.push(line.replaceAll('\t', '    '));
  }
  return sections;
}

/** The concepts that stand in both languages (`framed`, `net/connection`), in alphabetical order. */
function concepts(): string[] {
  const files = readdirSync(join(ROOT, 'servers-c'), { encoding: 'utf8', recursive: true });
  const inC = files.filter((file) => file.endsWith('.c')).map((file) => file.slice(0, -'.c'.length));
  return inC.filter((concept) => existsSync(join(ROOT, 'servers-ts', `${concept}.ts`))).sort();
}

/** A concept (`framed`, `net/connection` or `connection`) and its parts, which stand in a folder of its name. */
export function withParts(name: string): string[] {
  const all = concepts();
  const whole = all.find((concept) => concept === name || concept.endsWith(`/${name}`));
  return all.filter((concept) => concept === whole || concept.startsWith(`${whole}/`));
}

/** Both sides in two columns of `width` characters in all; longer lines wrap. */
export function sideBySide(left: string, right: string, width: number): string {
  const column = Math.max(NARROWEST_COLUMN, Math.floor((width - GUTTER.length) / 2));
  const leftSections = sectionsOf(left);
  const rightSections = sectionsOf(right);
  const names = [...new Set([...leftSections, ...rightSections].map((section) => section.name))];
  return names
    .map((name) => rows(linesOf(leftSections, name, column), linesOf(rightSections, name, column), column))
    .join(`\n${'-'.repeat(column)}-+-${'-'.repeat(column)}\n`);
}

function linesOf(sections: Section[], name: string, column: number): string[] {
  const lines = sections.filter((section) => section.name === name).flatMap((section) => section.lines);
  return lines.flatMap((line) => line.match(new RegExp(`.{1,${column}}`, 'g')) ?? ['']);
}

function rows(left: string[], right: string[], column: number): string {
  const height = Math.max(left.length, right.length);
  return Array.from({ length: height }, (_, index) =>
    `${(left[index] ?? '').padEnd(column)}${GUTTER}${right[index] ?? ''}`.trimEnd(),
  ).join('\n');
}

/** Returns the text to print, or undefined when NAME is no concept that stands in both languages. */
export function mirror(name: string, width: number): string | undefined {
  const views = withParts(name).map((concept) => {
    const [ts, c] = [`servers-ts/${concept}.ts`, `servers-c/${concept}.c`];
    const [left, right] = [ts, c].map((file) => readFileSync(join(ROOT, file), 'utf8'));
    return `${ts} | ${c}\n\n${sideBySide(left ?? '', right ?? '', width)}`;
  });
  return views.length > 0 ? views.join('\n\n') : undefined;
}
