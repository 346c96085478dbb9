/**
 * Reads the names, numbers and sections that the mirror test compares, out of C headers and TypeScript sources.
 *
 * Regular expressions, not parsers: they know just the forms that the servers use, and the test proves that they see
 * them. Nothing is imported or run.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../servers.ts';

/** A section between two banners; blank lines around it are left out. */
interface Section {
  name: string;
  body: string;
}

/** The text of a file of the repository. */
export function readSource(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The sections that the banners of either language open, in order. */
export function sectionsOf(source: string): Section[] {
  const banner = /^(?:\/\/|\/\*) ---- (.+?) ----(?: \*\/)?$/m;
  const [, ...parts] = source.split(banner);
  const sections: Section[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    sections.push({ name: parts[i] ?? '', body: (parts[i + 1] ?? '').trim() });
  }
  return sections;
}

/** Which modules ("net/log", "framed/session") exist in both languages, and which in one only. */
export function moduleNames(): { both: string[]; onlyInC: string[]; onlyInTypescript: string[] } {
  const c = modulesIn('servers-c', '.h');
  const ts = modulesIn('servers-ts', '.ts');
  return {
    both: c.filter((name) => ts.includes(name)),
    onlyInC: c.filter((name) => !ts.includes(name)),
    onlyInTypescript: ts.filter((name) => !c.includes(name)),
  };
}

// All folders but test/; the programs themselves stand above them and export nothing.
function modulesIn(room: string, extension: string): string[] {
  const files = readdirSync(join(ROOT, room), { encoding: 'utf8', recursive: true });
  const modules = files.filter((file) => /^(?!test\/).+\//.test(file) && file.endsWith(extension));
  return modules.map((file) => file.slice(0, -extension.length)).sort();
}

/** The functions of a header, as TypeScript would call them: `frame_decode` is "frame.decode". */
export function cNames(module: string): string[] {
  const header = withoutComments(readSource(`servers-c/${module}.h`));
  const macros = [...header.matchAll(/^#define ([a-z]\w*)\(/gm)].map(([, name]) => name ?? '');
  const declarations = withoutBlocks(header.replace(/^#(?:.*\\\n)*.*$/gm, '')).split(';');
  const functions = declarations.map((text) => /(\w+)\s*\([\s\S]*\)\s*$/.exec(text)?.[1] ?? '');
  return [...macros, ...functions].filter((name) => name !== '').map(inTypescript);
}

/** The functions that a module exports: "frame.decode". What it passes on of a part is its own, not the part's. */
export function typescriptNames(module: string): string[] {
  const source = readSource(`servers-ts/${module}.ts`);
  const functions = [...source.matchAll(/^export (?:async )?function (\w+)/gm)].map(([, name = '']) => name);
  const passedOn = passedOnBy(module).map(({ name }) => name);
  const taken = takenFrom(module);
  const names = [...functions.filter((name) => !taken.includes(name)), ...passedOn];
  return names.map((name) => `${baseName(module)}.${name}`);
}

/** `export { write } from './connection/output.ts'` in net/connection: its parts and their names. */
function passedOnBy(module: string): { part: string; name: string }[] {
  const source = readSource(`servers-ts/${module}.ts`);
  return [...source.matchAll(/^export \{([^}]+)\} from '\.\/([^']+)\.ts';/gm)].flatMap(
    ([, list = '', part = '']) =>
      list.split(',').map((name) => ({ part: `${dirname(module)}/${part}`, name: name.trim() })),
  );
}

function takenFrom(part: string): string[] {
  const whole = dirname(part);
  if (!modulesIn('servers-ts', '.ts').includes(whole)) return [];
  return passedOnBy(whole)
    .filter((passed) => passed.part === part)
    .map(({ name }) => name);
}

function baseName(module: string): string {
  return module.split('/').pop() ?? '';
}

// `connection_open` may stand in connections.h: what counts is the longest module name that it begins with.
function inTypescript(name: string): string {
  const modules = modulesIn('servers-c', '.h').map(baseName);
  const owner = modules
    .filter((module) => name.startsWith(`${module}_`))
    .sort((a, b) => b.length - a.length)[0];
  if (owner === undefined) return name;
  const rest = name.slice(owner.length + 1);
  return `${owner}.${rest.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '');
}

function withoutBlocks(source: string): string {
  const inner = /\{[^{}]*\}/g;
  return inner.test(source) ? withoutBlocks(source.replace(inner, '')) : source;
}

/** `#define NAME number`, or a sum of numbers and names before it. */
export function cNumbers(source: string): Map<string, number> {
  return numbersOf(withoutComments(source).matchAll(/^#define ([A-Z]\w*) (.+)$/gm));
}

/** `enum x { A, B };`, counted from 0. TypeScript has no enums here: it names the numbers, without the module's name. */
export function cEnums(source: string, module: string): Map<string, number> {
  const prefix = `${baseName(module).toUpperCase()}_`;
  const numbers = new Map<string, number>();
  for (const [, list = ''] of withoutComments(source).matchAll(/^enum \w+ \{([^}]*)\}/gm)) {
    const names = list.split(',').map((name) => name.trim());
    for (const [value, name] of names.entries()) {
      numbers.set(name.startsWith(prefix) ? name.slice(prefix.length) : name, value);
    }
  }
  return numbers;
}

/** `const NAME = number;` at the top level, or a sum of numbers and names before it; only the exported ones on request. */
export function typescriptNumbers(source: string, which: 'exported' | 'all'): Map<string, number> {
  const definition =
    which === 'exported'
      ? /^export const ([A-Z]\w*) = ([^;]+);/gm
      : /^(?:export )?const ([A-Z]\w*) = ([^;]+);/gm;
  return numbersOf(source.matchAll(definition));
}

function numbersOf(definitions: Iterable<RegExpExecArray>): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [, name = '', value = ''] of definitions) {
    const number = sumOf(value, numbers);
    if (!Number.isNaN(number)) numbers.set(name, number);
  }
  return numbers;
}

function sumOf(text: string, known: Map<string, number>): number {
  const terms = text
    .trim()
    .replace(/^\((.*)\)$/, '$1')
    .split('+');
  return terms.reduce((sum, term) => sum + (known.get(term.trim()) ?? numberOf(term.trim())), 0);
}

function numberOf(text: string): number {
  return /^-?(?:0[xX][0-9a-fA-F]+|[0-9]+)(?:ULL)?$/.test(text)
    ? Number(text.replace(/ULL$/, ''))
    : Number.NaN;
}
