/**
 * One failed check, or a note, as text for a person: rule, steps, expected and actual, likely cause, the server's last
 * words, and the command that replays it. Pure.
 */
import { styleText } from 'node:util';
import type { CheckResult, Failure } from '../checks/result.ts';
import { printable } from '../printable.ts';
import { describeExit } from '../process.ts';
import type { ServerSpec } from '../servers.ts';
import type { RunFacts } from './fields.ts';
import { hexdiff } from './hexdiff.ts';

/** The lines of one failure, without a line end at the last. */
export function failureText(result: CheckResult, spec: ServerSpec, run: RunFacts): string {
  const failure = result.failure ?? result.note;
  if (!failure) return '';
  const sections = [
    heading(result),
    stepLines(failure),
    expectation(failure),
    failure.facts.bytes ? hexdiff(failure.facts.bytes) : [],
    advice(failure),
    serverLines(failure),
    [
      `replay: ${printable(replayCommand(result.id, spec, run))}`,
      `more of it: make explain RULE=${result.id}`,
    ],
  ];
  const [first = [], ...others] = sections.filter((lines) => lines.length > 0);
  const body = others.map((lines) => lines.map((line) => `  ${line}`).join('\n'));
  return [first.join('\n'), ...body].join('\n\n');
}

/** The one command that runs this check again with the same seed. */
export function replayCommand(id: string, spec: ServerSpec, { seed, tier }: RunFacts): string {
  const full = tier === 'full' ? ' TIER=full' : '';
  return `make check ${spec.replay ?? serverWords(spec)} ID=${id}${full} SEED=${seed}`;
}

function serverWords({ track, protocol, name }: ServerSpec): string {
  return `S=${protocol} ${track === 'command' ? `CMD=${makeQuoted(name)}` : `TRACK=${track}`}`;
}

function heading({ id, rule, level, server, title, failure }: CheckResult): string[] {
  const mark = failure ? styleText(['red', 'bold'], 'FAIL') : styleText(['yellow', 'bold'], 'NOTE');
  const mild = level === 'must' ? '' : `, ${level}`;
  return [`${mark}  ${styleText('bold', id)}  ${server}  (${rule}${mild})`, `      a server ${title}`];
}

function stepLines({ steps }: Failure): string[] {
  if (steps.length === 0) return [];
  return ['what was done', ...steps.map((step, index) => `  ${index + 1}. ${printable(step)}`)];
}

function expectation({ facts }: Failure): string[] {
  return [`expected  ${printable(facts.expected)}`, `actual    ${printable(facts.actual)}`];
}

function advice({ facts }: Failure): string[] {
  return [
    ...(facts.cause ? [`likely cause: ${printable(facts.cause)}`] : []),
    ...(facts.hint ? [`look at: ${printable(facts.hint)}`] : []),
  ];
}

function serverLines({ crash, stderr }: Failure): string[] {
  const ending = crash ? [`the server ${describeExit(crash)}`] : [];
  if (stderr.trim() === '') return ending;
  const lines = stderr.split('\n').map((line) => `  | ${printable(line)}`);
  return [...ending, 'last lines of its stderr', ...lines];
}

/** One word for a shell, and a dollar sign that make leaves alone. */
function makeQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`).replaceAll('$', '$$$$')}'`;
}
