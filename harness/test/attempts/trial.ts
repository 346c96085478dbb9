/**
 * Builds one wrong attempt as a learner's server is built, checks it as `make check EX=...` does, and says what is shown first.
 *
 * Numbers that differ between runs are left out, as in the messages of the wrong servers, and so are line numbers: the solution's
 * comments move them.
 */
import type { CheckResult, Failure } from '../../checks/result.ts';
import { buildExercise } from '../../learn/build.ts';
import { cumulativeChecks, type Exercise } from '../../learn/exercise.ts';
import { whereToLook } from '../../learn/places.ts';
import { LEARNER_DEADLINE_MS, runCumulative } from '../../learn/run.ts';
import { placesText } from '../../learn/verdict-text.ts';
import { describeExit } from '../../process.ts';
import { MESSAGE_SEED, maskedMessage } from '../faulty/message.ts';
import { type Attempt, attemptId, plant } from './attempt.ts';

/** Of what a dying server says: its error, and the lines of the learner's own files. */
const TELLING = /^\w*Error\b|Unhandled 'error'|runtime error|AddressSanitizer| failed in |exercises\/\d\d-/;

/** @throws {Error} when it does not build, or passes: then it is no wrong attempt */
export async function firstMessage(attempt: Attempt, exercises: readonly Exercise[]): Promise<string> {
  const root = plant(attempt);
  const built = await buildExercise(attempt.exercise, attempt.language, { root });
  if (!built.ok) throw new Error(`${attemptId(attempt)} does not build:\n${built.messages}`);
  const { firstFailure } = await runCumulative({
    ...{ spec: built.spec, checks: cumulativeChecks(exercises, attempt.exercise) },
    ...{ seed: MESSAGE_SEED, tier: 'quick', deadlineMs: LEARNER_DEADLINE_MS, stopAtFirst: true },
  });
  if (!firstFailure?.failure) throw new Error(`${attemptId(attempt)} passes every check`);
  const where = whereToLook(root, attempt.exercise, attempt.language);
  return shownFirst(firstFailure, firstFailure.failure, placesText(where));
}

function shownFirst(result: CheckResult, { crash, stderr }: Failure, places: string): string {
  if (crash === undefined) return `${maskedMessage(result, false)}${withoutPlaces(places)}\n`;
  const telling = stderr.split('\n').filter((line) => TELLING.test(line.trim()));
  const lines = telling.slice(0, 4).map((line) => `  | ${withoutPlaces(line.trim())}\n`);
  return `${withoutPlaces(maskedMessage(result, true))}the server ${describeExit(crash)}\n${lines.join('')}`;
}

/** Paths from the learner's clone; no addresses, lines and columns. */
function withoutPlaces(line: string): string {
  return line
    .replaceAll(/(file:\/\/)?[^\s(]*\/(exercises\/\d\d-)/g, '$2')
    .replaceAll(/^==\d+==|0x[0-9a-f]+/g, (number) => (number.startsWith('=') ? '==N==' : '0xN'))
    .replaceAll(/(\.(?:ts|c|h)):\d+(:\d+)?/g, '$1:N');
}
