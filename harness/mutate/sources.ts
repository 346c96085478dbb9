/**
 * The sources of the reference servers, the mutants in them, and what is drawn from these. Reads files and changes none.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { seededRandom } from '../checks/random.ts';
import type { Suite } from '../servers.ts';
import { cMutants } from './c.ts';
import type { Language, Mutant } from './mutant.ts';
import { typescriptMutants } from './typescript.ts';

const PATTERNS: Record<Language, string> = {
  ts: 'servers-ts/**/*.ts',
  c: 'servers-c/**/*.{c,h}',
};

/** Every mutant of a language's servers. @param root the folder of servers-ts/ and servers-c/ */
export function allMutants(root: string, language: Language): Mutant[] {
  const files = globSync(PATTERNS[language], { cwd: root, exclude: ['servers-*/test/**'] }).sort();
  const find = language === 'ts' ? typescriptMutants : cMutants;
  return files.flatMap((file) => find(file, readFileSync(join(root, file), 'utf8')));
}

/**
 * All mutants in an order drawn by the seed in which the first n, whatever n is, are spread over files and operators: each round takes
 * one of every pair of file and operator.
 */
export function spread(mutants: readonly Mutant[], seed: number): Mutant[] {
  const random = seededRandom(seed);
  const groups = Map.groupBy(mutants, ({ file, operator }) => `${file} ${operator}`);
  const waiting = random.shuffle([...groups.values()].map((group) => random.shuffle(group)));
  const drawn: Mutant[] = [];
  for (let round = 0; drawn.length < mutants.length; round++)
    drawn.push(...waiting.flatMap((group) => group.slice(round, round + 1)));
  return drawn;
}

/** The suites in the order in which mutants are tried: where most checks are, a fault is found soonest. */
export const TRIED_FIRST: readonly Suite[] = ['framed', 'tcp-echo', 'udp-echo'];

/** The servers in TypeScript that a file is part of: those that import it, through whatever else. */
export function suitesImporting(root: string, file: string): Suite[] {
  return TRIED_FIRST.filter((suite) => importedBy(root, `servers-ts/${suite}.ts`).has(file));
}

function importedBy(root: string, file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const imported of importsOf(readFileSync(join(root, file), 'utf8')))
    importedBy(root, join(file, '..', imported), seen);
  return seen;
}

/** Files that a file needs to run: neither packages nor types. */
function importsOf(text: string): string[] {
  const { statements } = ts.createSourceFile('', text, ts.ScriptTarget.Latest);
  return statements
    .filter((statement) => ts.isImportDeclaration(statement))
    .filter(({ importClause }) => importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword)
    .map(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text)
    .filter((name) => name.startsWith('.'));
}
