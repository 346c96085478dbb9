/**
 * The results of one or more servers as text for a person. Pure: strings in the order in which they are to be
 * printed.
 */
import { styleText } from 'node:util';
import { catalogue } from '../checks/catalogue.ts';
import { type CheckResult, count, type Judged, type Verdict } from '../checks/result.ts';
import type { ServerSpec } from '../servers.ts';
import { failureText } from './failure.ts';
import type { RunFacts } from './fields.ts';

/** What was run against one server. */
export interface ServerReport {
  spec: ServerSpec;
  results: readonly CheckResult[];
  durationMs: number;
  whyNoArena?: string;
}

const MARKS: Record<Verdict, string> = { pass: 'pass', fail: 'FAIL', 'not judged': '-   ' };
const STYLES = { pass: 'green', fail: 'red', 'not judged': 'yellow' } as const;

/** `N passed, N failed, N not judged (why)`: how every summary ends. */
export function summaryLine(results: readonly Judged[]): string {
  const { passed, failed, notJudged, why } = count(results);
  const reasons = why.length > 0 ? ` (${why.join('; ')})` : '';
  return `${passed} passed, ${failed} failed, ${notJudged} not judged${reasons}`;
}

/** One line for a server. */
export function serverLine({ spec, results, durationMs }: ServerReport): string {
  const { failed } = count(results);
  const name = styleText(failed > 0 ? 'red' : 'green', spec.name);
  return `${name}: ${summaryLine(results)}, ${(durationMs / 1000).toFixed(1)} s`;
}

/** One line for each check, in the order of the catalogue. */
export function checkLines({ results }: ServerReport): string[] {
  const width = Math.max(...results.map(({ id }) => id.length));
  return sorted(results).map(({ id, verdict, title, why, note }) => {
    const noted = note ? ' (see the note)' : '';
    const text = verdict === 'not judged' ? `not judged: ${why}` : `${title}${noted}`;
    return `${styleText(STYLES[verdict], MARKS[verdict])}  ${id.padEnd(width)}  ${text}`;
  });
}

/** Every failure in full. */
export function failureTexts({ spec, results }: ServerReport, run: RunFacts): string[] {
  return sorted(results)
    .filter(({ failure }) => failure)
    .map((result) => failureText(result, spec, run));
}

/** Every note in full. */
export function noteTexts({ spec, results }: ServerReport, run: RunFacts): string[] {
  return sorted(results)
    .filter(({ note }) => note)
    .map((result) => failureText(result, spec, run));
}

/**
 * In the order of the catalogue, which begins with what everything else rests on: the first failure is the
 * one to repair first.
 */
export function sorted(results: readonly CheckResult[]): CheckResult[] {
  const place = new Map(catalogue.map(({ id }, index) => [id, index]));
  return [...results].sort(
    (a, b) => (place.get(a.id) ?? catalogue.length) - (place.get(b.id) ?? catalogue.length),
  );
}
