/**
 * Finds a program as a shell would: by its path, or in the folders of PATH.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The file to execute; undefined when there is none that may be executed. */
export function findProgram(program: string): string | undefined {
  return candidates(program).find(isExecutable);
}

function candidates(program: string): string[] {
  if (program.includes('/')) return [resolve(program)];
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
