/**
 * The TODO lines that a student has not taken out yet: where a failing check most likely has its cause.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFolder } from './build.ts';
import type { Exercise } from './exercise.ts';
import type { Language } from './strip.ts';

/** One TODO line. */
export interface Todo {
  /** From the root: `exercises/02-half-close/c/server.c`. */
  file: string;
  /** From 1. */
  line: number;
  sentence: string;
}

const TODO = /^\s*(?:\/\/|\/\*) TODO: (.*?)\s*(?:\*\/)?$/;

/** The TODO lines of the files that the student writes, in their order. A file that is missing has none. */
export function todosLeft(root: string, exercise: Exercise, language: Language): Todo[] {
  const folder = sourceFolder(exercise, language);
  return (exercise.files[language] ?? []).flatMap((name) => todosIn(root, `${folder}/${name}`));
}

function todosIn(root: string, file: string): Todo[] {
  let text: string;
  try {
    text = readFileSync(join(root, file), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line, index) => {
    const sentence = TODO.exec(line)?.[1];
    return sentence === undefined ? [] : [{ file, line: index + 1, sentence }];
  });
}
