/**
 * Points at the place where a student's server crashed: the error, and the first line of a file of the exercise in the report.
 *
 * What a check guesses from outside yields to it: a report of Node or of a sanitizer knows. Where the report names no file of
 * the exercise (an 'error' event that nobody listens for has no frame of its own), the advice of the check stays. Pure.
 */
import type { CheckResult } from '../checks/result.ts';

/** `    at Session.answer (file:///.../exercises/05-framed-server/ts/server.ts:50:60)`; at the top level without a name. */
const NODE_FRAME =
  /^ +at (?:(?:async |new )?(?<name>.+) \()?\S*?(?<place>exercises\/\d\d-\S+?:\d+)(?::\d+)?\)?$/gm;
/** `    #1 0x55d0 in serve /.../exercises/02-half-close/c/server.c:46`; clang adds the column. */
const SANITIZER_FRAME =
  /^ +#\d+ 0x[0-9a-f]+ in (?<name>\S+) \S*?(?<place>exercises\/\d\d-\S+?:\d+)(?::\d+)?$/gm;
/** `/.../exercises/07-backpressure/c/connection.c:32: epoll_ctl failed in watch(): Bad file descriptor`: contract_give_up(). */
const GIVEN_UP = /^\S*?(?<place>exercises\/\d\d-\S+?:\d+): \w+ failed in (?<name>\w+)\(\): /gm;
/** What went wrong, in the words of Node, of UBSan, of ASan, whose address tells nobody anything, or of the given file. */
const ERRORS = [
  /^(\w*Error\b.*)$/m,
  /: runtime error: (.+)$/m,
  /ERROR: AddressSanitizer: (\S+)/,
  /: (\w+ failed in \w+\(\): .+)$/m,
];

/** The result, whose failure names the place when its server crashed in a file of the exercise. */
export function withCrashPlace(result: CheckResult): CheckResult {
  const { failure } = result;
  if (!failure?.crash) return result;
  const error = firstMatch(failure.stderr, ERRORS)?.[1];
  const { name, place } = frameToLookAt(failure.stderr) ?? {};
  if (error === undefined || place === undefined) return result;
  const advice = {
    cause: `the server ended in the middle of it: ${error}`,
    hint: name === undefined ? place : `${place}, in ${name}`,
  };
  return { ...result, failure: { ...failure, facts: { ...failure.facts, ...advice } } };
}

/** The innermost; of a recursion the one that calls itself, for where the stack has ended is chance. */
function frameToLookAt(stderr: string): Partial<Record<string, string>> | undefined {
  const frames = [NODE_FRAME, SANITIZER_FRAME, GIVEN_UP].flatMap((pattern) =>
    [...stderr.matchAll(pattern)].map(({ groups = {} }) => groups),
  );
  return frames.find(({ place }, index) => place === frames[index + 1]?.place) ?? frames[0];
}

function firstMatch(text: string, patterns: readonly RegExp[]): RegExpExecArray | undefined {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match) return match;
  }
  return undefined;
}
