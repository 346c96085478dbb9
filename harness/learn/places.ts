/**
 * Where a student has to look when a check fails: the TODO lines that are left, and when there are none, the functions in which they
 * stood.
 *
 * Functions are found by their names, because what a student writes moves the lines. A definition is told from a call by its form, as
 * the formatters leave it; no language is parsed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFolder } from './build.ts';
import type { Exercise } from './exercise.ts';
import { type Language, strip } from './strip.ts';

/** One place in a student's file. */
export interface Place {
  /** From the root: `exercises/02-half-close/c/server.c`. */
  file: string;
  /** From 1. */
  line: number;
  /** What is done there. */
  sentence: string;
}

export interface WhereToLook {
  heading: 'still to do' | 'what you write here';
  places: readonly Place[];
}

const TODO = /^\s*(?:\/\/|\/\*) TODO: (.*?)\s*(?:\*\/)?$/;

/** The first line of a function's definition; its indentation and its name. */
const DEFINITIONS: Record<Language, RegExp> = {
  ts: /^(?<indent>\s*)(?:(?:export|private|static|async|function) )*(?<name>(?!(?:if|for|while|switch|catch)\b)\w+)(?:<[^>]*>)?\((?!.*=>).*[{(,]$/,
  c: /^(?<indent>)[a-z_][\w\s*]*?\b(?<name>\w+)\([^;]*$/,
};

/** A file that is missing has no places. */
export function whereToLook(root: string, exercise: Exercise, language: Language): WhereToLook {
  const todos = todosLeft(root, exercise, language);
  if (todos.length > 0) return { heading: 'still to do', places: todos };
  return { heading: 'what you write here', places: functionsToWrite(root, exercise, language) };
}

/** The TODO lines of the files that the student writes, in their order. */
export function todosLeft(root: string, exercise: Exercise, language: Language): Place[] {
  const folder = sourceFolder(exercise, language);
  return (exercise.files[language] ?? []).flatMap((name) => todosIn(root, `${folder}/${name}`));
}

function todosIn(root: string, file: string): Place[] {
  return linesOf(root, file).flatMap((line, index) => {
    const sentence = TODO.exec(line)?.[1];
    return sentence === undefined ? [] : [{ file, line: index + 1, sentence }];
  });
}

function functionsToWrite(root: string, exercise: Exercise, language: Language): Place[] {
  return (exercise.files[language] ?? []).flatMap((name) => {
    const solution = linesOf(root, `${sourceFolder(exercise, language, 'solution')}/${name}`);
    const file = `${sourceFolder(exercise, language)}/${name}`;
    const lines = linesOf(root, file);
    return strip(solution.join('\n'), language, name).regions.flatMap((region) => {
      const wanted = functionAround(solution, region.line, language);
      const line = lines.findIndex((text) => DEFINITIONS[language].exec(text)?.groups?.name === wanted);
      if (wanted === undefined || line === -1) return [];
      return [{ file, line: line + 1, sentence: `${wanted}(): ${region.sentence}` }];
    });
  });
}

/** The name of the function in which a line stands, from 1. */
function functionAround(lines: readonly string[], line: number, language: Language): string | undefined {
  const indentation = /^\s*/.exec(lines[line - 1] ?? '')?.[0].length ?? 0;
  return lines
    .slice(0, line - 1)
    .map((text) => DEFINITIONS[language].exec(text)?.groups)
    .findLast((groups) => groups !== undefined && (groups.indent ?? '').length < indentation)?.name;
}

function linesOf(root: string, file: string): string[] {
  try {
    return readFileSync(join(root, file), 'utf8').split('\n');
  } catch {
    return [];
  }
}
