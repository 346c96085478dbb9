/**
 * The verdict on an exercise as text for a student: the first failure in full, where to look, every other failure as a
 * line, and the counts. Pure.
 */
import { styleText } from 'node:util';
import type { CheckResult } from '../checks/result.ts';
import { failureText } from '../report/failure.ts';
import type { RunFacts } from '../report/fields.ts';
import { summaryLine } from '../report/text.ts';
import type { ServerSpec } from '../servers.ts';
import type { WhereToLook } from './places.ts';
import type { Outcome } from './run.ts';

/** Paragraphs, with an empty line between them. */
export function verdictText(outcome: Outcome, spec: ServerSpec, run: RunFacts, where?: WhereToLook): string {
  const { results, firstFailure: first } = outcome;
  const others = results.filter((result) => result.verdict === 'fail' && result !== first);
  const paragraphs = [
    ...(first ? [failureText(first, spec, run)] : []),
    ...(first && where && where.places.length > 0 ? [placesText(where)] : []),
    ...(others.length > 0 ? [['failing too:', ...others.map(failureLine)].join('\n')] : []),
    ...(first ? waitingText(results, first) : []),
    serverLine(outcome, spec),
  ];
  return paragraphs.join('\n\n');
}

/** Those that mean nothing before the first one passes. */
function waitingText(results: readonly CheckResult[], { id }: CheckResult): string[] {
  const waiting = results.filter(({ verdict, why }) => verdict === 'not judged' && why === `${id} failed`);
  const verb = waiting.length === 1 ? 'waits' : 'wait';
  return waiting.length > 0 ? [`${waiting.length} more ${verb} until ${id} passes`] : [];
}

/** One failed check: `FAIL  tcp.half-close  a server answers what ...`. */
export function failureLine({ id, title }: CheckResult): string {
  return `${styleText('red', 'FAIL')}  ${id}  a server ${title}`;
}

/** The student's own lines to look at. */
export function placesText({ heading, places }: WhereToLook): string {
  const lines = places.map(({ file, line, sentence }) => `  ${file}:${line}: ${sentence}`);
  return [`${heading}:`, ...lines].join('\n');
}

function serverLine({ results, passed, durationMs }: Outcome, { name }: ServerSpec): string {
  const styled = styleText(passed ? 'green' : 'red', name);
  return `${styled}: ${summaryLine(results)}, ${(durationMs / 1000).toFixed(1)} s`;
}
