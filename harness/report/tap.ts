/**
 * The results as TAP version 14 (testanything.org), with a YAML block under each check that failed or has a note.
 *
 * Every value of the YAML is written as JSON in ASCII, which is YAML too, so that nothing that a server says can end a
 * line, a string or the block. Pure.
 */
import type { CheckResult } from '../checks/result.ts';
import { printable } from '../printable.ts';
import { failureFields, type RunFacts } from './fields.ts';
import { type ServerReport, sorted } from './text.ts';

/** The whole document, with a line end at the last. */
export function tapReport(reports: readonly ServerReport[], run: RunFacts): string {
  const points = reports.flatMap((report) => sorted(report.results).map((result) => ({ report, result })));
  const lines = points.flatMap(({ report, result }, index) => testPoint(index + 1, result, report, run));
  return `${['TAP version 14', `1..${points.length}`, ...lines].join('\n')}\n`;
}

function testPoint(number: number, result: CheckResult, { spec }: ServerReport, run: RunFacts): string[] {
  const { id, title, verdict, why, failure, note } = result;
  const skip = verdict === 'not judged' ? ` # SKIP ${description(why ?? '')}` : '';
  const words = description(`${spec.name} ${id}: a server ${title}`);
  const first = `${verdict === 'fail' ? 'not ok' : 'ok'} ${number} - ${words}${skip}`;
  const seen = failure ?? note;
  if (!seen) return [first];
  const { rule, level, server, durationMs } = result;
  const fields = { id, title, rule, level, server, durationMs, ...failureFields(result, seen, spec, run) };
  return [first, '  ---', ...yamlLines(fields).map((line) => `  ${line}`), '  ...'];
}

/** On one line; a number sign would begin a directive. */
function description(text: string): string {
  return printable(text)
    .replace(/[\n\t]/g, ' ')
    .replace(/[\\#]/g, (character) => `\\${character}`);
}

function yamlLines(fields: Record<string, unknown>): string[] {
  return Object.entries(fields).map(([key, value]) => `${key}: ${asciiJson(value)}`);
}

/** JSON may hold any character in a string; YAML forbids some. All but printable ASCII is escaped. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
