/**
 * What the solution does otherwise than the learner: a diff of each file that the learner writes, by git.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFolder } from './build.ts';
import type { Exercise } from './exercise.ts';
import { type Language, withoutMarkers } from './strip.ts';
import { writeWhole } from './stubs.ts';

const DIFF_TIMEOUT_MS = 10_000;

/** A unified diff from the learner's files to the solution's. @throws {Error} when git cannot make it */
export async function solutionDiff(
  root: string,
  exercise: Exercise,
  language: Language,
  color: boolean,
): Promise<string> {
  const texts: string[] = [];
  for (const name of exercise.files[language] ?? []) {
    const learner = `${sourceFolder(exercise, language)}/${name}`;
    const solution = cleanCopy(root, exercise, language, name);
    const text = await diff(root, learner, solution, color);
    texts.push(text || `${learner} is the same as the solution's`);
  }
  return texts.join('\n');
}

/** Writes the solution without its markers; gives the path from the root. */
function cleanCopy(root: string, exercise: Exercise, language: Language, name: string): string {
  const source = `${sourceFolder(exercise, language, 'solution')}/${name}`;
  const copy = `build/learn/${exercise.folder}/solution/${name}`;
  writeWhole(join(root, copy), withoutMarkers(readFileSync(join(root, source), 'utf8'), language, source));
  return copy;
}

function diff(root: string, from: string, to: string, color: boolean): Promise<string> {
  const words = ['--no-pager', 'diff', '--no-index', '--no-prefix', `--color=${color ? 'always' : 'never'}`];
  const limits = { cwd: root, timeout: DIFF_TIMEOUT_MS };
  return new Promise((resolve, reject) => {
    execFile('git', [...words, '--', from, to], limits, (error, stdout, stderr) => {
      // 1 says that they differ.
      if (!error || error.code === 1) resolve(stdout.trimEnd());
      else reject(new Error(`git diff: ${stderr.trim() || error.message}`));
    });
  });
}
