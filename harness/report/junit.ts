/**
 * The results as JUnit XML, in the shape that CI systems read (Jenkins' junit-10.xsd): a suite for each server, a case
 * for each check.
 *
 * A case has no place for fields of its own, so a failure carries the text that a person would read, which has all of
 * them. XML forbids most control characters even when escaped: they are shown as \xNN. Pure.
 */
import { stripVTControlCharacters } from 'node:util';
import { type CheckResult, count } from '../checks/result.ts';
import { printable } from '../printable.ts';
import { failureText } from './failure.ts';
import type { RunFacts } from './fields.ts';
import { type ServerReport, sorted } from './text.ts';

/** The whole document, with a line end at the last. */
export function junitReport(reports: readonly ServerReport[], run: RunFacts): string {
  const results = reports.flatMap((report) => [...report.results]);
  const suites = reports.map((report) => suite(report, run));
  const totals = attributes({ name: 'checks', ...totalsOf(results), time: seconds(sum(reports)) });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${totals}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(report: ServerReport, run: RunFacts): string {
  const { spec, results, durationMs, whyNoArena } = report;
  const facts = { seed: String(run.seed), tier: run.tier, arena: whyNoArena ?? 'yes' };
  const properties = Object.entries(facts).map(
    ([name, value]) => `      <property${attributes({ name, value })}/>`,
  );
  const { notJudged } = count(results);
  const head = {
    name: spec.name,
    ...totalsOf(results),
    skipped: String(notJudged),
    time: seconds(durationMs),
  };
  return [
    `  <testsuite${attributes(head)}>`,
    '    <properties>',
    ...properties,
    '    </properties>',
    ...sorted(results).map((result) => testCase(result, report, run)),
    '  </testsuite>',
  ].join('\n');
}

function testCase(result: CheckResult, { spec }: ServerReport, run: RunFacts): string {
  const { id, title, durationMs } = result;
  const name = `${id}: a server ${title}`;
  const head = `    <testcase${attributes({ name, classname: spec.name, time: seconds(durationMs) })}`;
  const body = outcome(result, spec, run);
  return body === '' ? `${head}/>` : `${head}>\n      ${body}\n    </testcase>`;
}

function outcome(result: CheckResult, spec: ServerReport['spec'], run: RunFacts): string {
  const { verdict, why = '', failure, note, level } = result;
  if (verdict === 'not judged') return `<skipped${attributes({ message: why })}/>`;
  if (!failure && !note) return '';
  const text = escaped(stripVTControlCharacters(failureText(result, spec, run)));
  if (!failure) return `<system-out>${text}</system-out>`;
  const message = `expected ${failure.facts.expected}, got ${failure.facts.actual}`;
  return `<failure${attributes({ type: level, message })}>${text}</failure>`;
}

/** An error would be trouble of the harness, and that prints no report. */
function totalsOf(results: readonly CheckResult[]): Record<string, string> {
  return { tests: String(results.length), failures: String(count(results).failed), errors: '0' };
}

function sum(reports: readonly ServerReport[]): number {
  return reports.reduce((total, { durationMs }) => total + durationMs, 0);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Record<string, string>): string {
  const pairs = Object.entries(values).map(([name, value]) => ` ${name}="${attribute(value)}"`);
  return pairs.join('');
}

/** An attribute's line ends and tabs would be read as spaces. */
function attribute(text: string): string {
  return escaped(text).replace(/[\t\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Half a surrogate pair, U+FFFE and U+FFFF are no characters of XML. */
function escaped(text: string): string {
  return printable(text)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
