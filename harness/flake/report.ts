/**
 * What a flake run says: a rate for each check, every failure in full, the counts. As text, as one JSON document, and as the block
 * that docs/trust.md shows. Pure.
 */
import { z } from 'zod';
import { terminalTable } from '../bench/table.ts';
import { summaryLine } from '../report/text.ts';
import type { FlakePlan, Outcome, PassEntry } from './pass.ts';
import { type CheckRate, failuresOf, ratesOf, upperBound } from './rates.ts';

const rate = z.object({
  id: z.string(),
  runs: z.int(),
  failed: z.int(),
  failedLoaded: z.int(),
  notJudged: z.int(),
  upperBound: z.number(),
  slowestMs: z.number(),
});

/** Schema of the document that `flake --json` prints. */
export const flakeReportSchema = z.object({
  schema: z.literal('flake-report'),
  version: z.literal(1),
  revision: z.string(),
  tier: z.enum(['quick', 'full']),
  seed: z.int(),
  /** False when it was interrupted. */
  complete: z.boolean(),
  servers: z.array(z.object({ name: z.string(), passes: z.int(), loaded: z.int(), troubles: z.int() })),
  total: rate.omit({ id: true, failedLoaded: true, slowestMs: true }),
  checks: z.array(rate),
  failures: z.array(
    z.object({
      id: z.string(),
      server: z.string(),
      pass: z.int(),
      seed: z.int(),
      loaded: z.boolean(),
      text: z.string(),
    }),
  ),
  troubles: z.array(z.object({ server: z.string(), pass: z.int(), seed: z.int(), message: z.string() })),
});

export type FlakeReport = z.infer<typeof flakeReportSchema>;

/** @param ids all checks that were chosen, in the order in which they are to be shown */
export function flakeReport(
  plan: FlakePlan,
  ids: readonly string[],
  entries: readonly PassEntry[],
): FlakeReport {
  const checks = ratesOf(ids, entries);
  const sum = (value: (rate: CheckRate) => number): number =>
    checks.reduce((total, one) => total + value(one), 0);
  const [runs, failed] = [sum((one) => one.runs), sum((one) => one.failed)];
  const notJudged = sum((one) => one.notJudged);
  return {
    schema: 'flake-report',
    version: 1,
    revision: plan.revision,
    tier: plan.tier,
    seed: plan.seed,
    complete: entries.length === plan.passes * plan.servers.length,
    servers: plan.servers.map(({ spec }) => serverOf(spec.name, entries)),
    total: { runs, failed, notJudged, upperBound: upperBound(failed, runs) },
    checks,
    failures: failuresOf(entries),
    troubles: entries.flatMap(({ trouble: message, server, pass, seed }) =>
      message === undefined ? [] : [{ server, pass, seed, message }],
    ),
  };
}

function serverOf(name: string, entries: readonly PassEntry[]): FlakeReport['servers'][number] {
  const own = entries.filter(({ server }) => server === name);
  return {
    name,
    passes: own.length,
    loaded: own.filter(({ loaded }) => loaded).length,
    troubles: own.filter(({ trouble }) => trouble !== undefined).length,
  };
}

/** For a person; ends with the counts, like every summary. */
export function flakeText(report: FlakeReport, entries: readonly PassEntry[]): string {
  const failures = report.failures.map(
    ({ text, server, pass, seed, loaded }) =>
      `${text}\n\n  pass ${pass} of ${server}, seed ${seed}, ${loaded ? 'beside a busy core' : 'without load'}`,
  );
  const troubles = report.troubles.map(
    ({ server, pass, seed, message }) =>
      `trouble of the harness in pass ${pass} of ${server}, seed ${seed}: ${message}`,
  );
  const sections = [rateTable(report.checks), ...failures, ...troubles, closingLines(report, entries)];
  return sections.filter((section) => section !== '').join('\n\n');
}

function rateTable(checks: readonly CheckRate[]): string {
  if (checks.length === 0) return '';
  return terminalTable(
    [
      { title: 'check', cell: (one: CheckRate) => one.id },
      { title: 'runs', align: 'right', cell: ({ runs }) => String(runs) },
      { title: 'failed', align: 'right', cell: ({ failed }) => String(failed) },
      { title: 'of them loaded', align: 'right', cell: ({ failedLoaded }) => String(failedLoaded) },
      { title: 'not judged', align: 'right', cell: ({ notJudged }) => String(notJudged) },
      { title: 'rate', align: 'right', cell: ({ failed, runs }) => percent(runs === 0 ? 0 : failed / runs) },
      { title: 'at most (95 %)', align: 'right', cell: (one) => percent(one.upperBound) },
      { title: 'slowest', align: 'right', cell: ({ slowestMs }) => `${slowestMs} ms` },
    ],
    checks,
  );
}

function closingLines(report: FlakeReport, entries: readonly PassEntry[]): string {
  const outcomes: Outcome[] = entries.flatMap((entry) => Object.values(entry.outcomes));
  return [
    ...report.servers.map(
      ({ name, passes, loaded }) =>
        `${name}: ${counted(passes, 'pass', 'passes')}, ${loaded} beside a busy core`,
    ),
    `${report.complete ? 'complete' : 'not complete'}, ${report.tier} tier, seed ${report.seed}, revision ${report.revision}`,
    rateSentence(report),
    ...(report.troubles.length > 0
      ? [`${counted(report.troubles.length, 'pass', 'passes')} ended by trouble of the harness`]
      : []),
    summaryLine(outcomes),
  ].join('\n');
}

/** From here on a rate is easier to read as one in so many. */
const SMALL_RATE = 0.01;

/** `0 of 26400 runs of a check failed: with 95 % confidence fewer than 1 run in 8813 does`. */
function rateSentence({ total: { runs, failed, upperBound } }: FlakeReport): string {
  if (runs === 0) return 'nothing was judged';
  const bound =
    upperBound < SMALL_RATE ? `1 run in ${Math.floor(1 / upperBound)} does` : `${percent(upperBound)} do`;
  return `${failed} of ${counted(runs, 'run', 'runs')} of a check failed: with 95 % confidence fewer than ${bound}`;
}

/** The block of docs/trust.md for this tier. `where` says on which machine, and when. */
export function flakeMarkdown(report: FlakeReport, where: string): string {
  const rows = report.servers.map(
    ({ name, passes, loaded, troubles }) =>
      `| ${name} | ${passes} | ${loaded} | ${report.failures.filter(({ server }) => server === name).length} | ${troubles} |`,
  );
  return [
    '| server | passes | beside a busy core | failed checks | trouble |',
    '|---|---:|---:|---:|---:|',
    ...rows,
    '',
    `${rateSentence(report)}. ${report.complete ? '' : '*The run was not complete.* '}Seed ${report.seed}, revision ${report.revision}, ${where}.`,
  ].join('\n');
}

function percent(rate: number): string {
  return `${(rate * 100).toPrecision(rate === 0 ? 1 : 2)} %`;
}

function counted(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}
