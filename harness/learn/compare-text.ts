/**
 * A comparison as text for a learner: the figures as a table, and a line for each server on why it differs, derived from
 * these figures. Pure: nothing is measured here, and nothing is claimed that the figures do not show.
 */
import type { BenchRun, ScenarioResult, SideResult } from '../bench/schema.ts';
import { type Column, terminalTable } from '../bench/table.ts';
import { rounded } from '../bench/verdict.ts';

/** One server in one scenario. */
export interface ComparedRow {
  scenario: string;
  server: string;
  side: SideResult | undefined;
  /** Of an idle connection; undefined where it was not measured. */
  bytesPerConnection: number | undefined;
  /** Yours divided by this one, of messages per second; undefined for yours. */
  ratio: ScenarioResult['ratio'];
}

/** Costs that differ by less are called alike: CPU time of a run of a few hundred ms is not sharper. */
const ALIKE = 0.1;

/** Rows scenario by scenario, the learner's server first. */
export function comparedRows(runs: readonly BenchRun[]): ComparedRow[] {
  const [first] = runs;
  if (!first) return [];
  return first.scenarios.flatMap(({ id, a }) => [
    {
      scenario: id,
      server: first.contenders.a.label,
      side: a,
      bytesPerConnection: memoryOf(first, 'a'),
      ratio: undefined,
    },
    ...runs.map((run) => {
      const one = run.scenarios.find((scenario) => scenario.id === id);
      const { label } = run.contenders.b;
      return {
        scenario: id,
        server: label,
        side: one?.b,
        bytesPerConnection: memoryOf(run, 'b'),
        ratio: one?.ratio,
      };
    }),
  ]);
}

function memoryOf(run: BenchRun, side: 'a' | 'b'): number | undefined {
  const found = run.memory.find(({ contender }) => contender === run.contenders[side].label);
  return found && 'bytesPerConnection' in found.outcome ? found.outcome.bytesPerConnection : undefined;
}

/** One line a server and scenario: whether it differs, and what in the figures goes with it. */
export function whyTheyDiffer(runs: readonly BenchRun[]): string[] {
  return runs.flatMap((run) =>
    run.scenarios.map((scenario) => {
      const who = `${scenario.id}, ${run.contenders.b.label}`;
      return `${who}: ${scenario.verdict.words}. ${costSentence(scenario)}`.trimEnd();
    }),
  );
}

/** Where the CPU time differs, and whether system calls go with it. Empty where the costs are not known. */
export function costSentence({ a: yours, b: other }: Pick<ScenarioResult, 'a' | 'b'>): string {
  if (!yours || !other) return '';
  const [mine, its] = [yours.cpuPerMessage, other.cpuPerMessage];
  if ('notMeasured' in mine || 'notMeasured' in its) return '';
  if (areAlike(mine.totalNs, its.totalNs))
    return `A message costs both about the same CPU time: ${us(mine.totalNs)} us yours, ${us(its.totalNs)} us this one.${waiting(yours, other)}`;
  const system = mine.systemNs - its.systemNs;
  const parts = `${moreOrLess(system)} in the kernel, ${moreOrLess(mine.userNs - its.userNs)} in the program itself`;
  return `A message costs yours ${moreOrLess(mine.totalNs - its.totalNs)} CPU time: ${parts}.${calls(yours, other, system)}`;
}

function moreOrLess(ns: number): string {
  return `${us(Math.abs(ns))} us ${ns < 0 ? 'less' : 'more'}`;
}

/** System calls are the first thing to look at: each is a change into the kernel and back. */
function calls(yours: SideResult, other: SideResult, systemNs: number): string {
  const [mine, its] = [yours.systemCallsPerMessage, other.systemCallsPerMessage];
  if ('notMeasured' in mine || 'notMeasured' in its) return '';
  const figures = `yours makes ${rounded(mine.calls)} a message, this one ${rounded(its.calls)}`;
  if (areAlike(mine.calls, its.calls)) return ` System calls do not tell them apart: ${figures}.`;
  const goTogether = Math.sign(mine.calls - its.calls) === Math.sign(systemNs);
  return goTogether
    ? ` System calls go with the time in the kernel: ${figures}.`
    : ` System calls are not the reason: ${figures}.`;
}

/** Servers that cost the same and differ in throughput differ in how long they have nothing to do. */
function waiting(yours: SideResult, other: SideResult): string {
  const [mine, its] = [yours.load, other.load];
  if ('notMeasured' in mine || 'notMeasured' in its) return '';
  if (areAlike(mine.serverBusy, its.serverBusy)) return '';
  return ` Yours was busy ${percent(mine.serverBusy)} of the time, this one ${percent(its.serverBusy)}.`;
}

/** What cannot be seen in a line for one server: latency at full load, and memory. */
export function whatTheFiguresMean(runs: readonly BenchRun[]): string[] {
  const [first] = runs;
  if (!first) return [];
  return [...first.scenarios.flatMap(queueLine), ...memoryLine(runs)];
}

/** Little's law: with N under way, each takes N / throughput on average. */
function queueLine({ id, connections, depth, a }: ScenarioResult): string[] {
  const underWay = connections * depth;
  if (!a || a.messagesPerSecond === 0 || underWay === 1) return [];
  const expected = (underWay / a.messagesPerSecond) * 1e9;
  const figures = `${underWay} / ${count(a.messagesPerSecond)} per second = ${us(expected)} us`;
  return [
    `${id}: ${underWay} messages are under way at any time, so each takes ${figures} on average; p50 of yours is ${us(a.latency.p50Ns)} us.`,
  ];
}

function memoryLine(runs: readonly BenchRun[]): string[] {
  const [first] = runs;
  const mine = first && memoryOf(first, 'a');
  if (!first || mine === undefined) return [];
  const others = runs.map((run) => {
    const bytes = memoryOf(run, 'b');
    return `${run.contenders.b.label} ${bytes === undefined ? 'not measured' : `${kib(bytes)} KiB`}`;
  });
  return [
    `memory of an idle connection: yours ${kib(mine)} KiB, ${others.join(', ')}; 10,000 of them are ${count((mine * 10_000) / 1024 / 1024)} MiB of yours.`,
  ];
}

/** The whole report, ending without a newline. */
export function comparisonText(runs: readonly BenchRun[]): string {
  const paragraphs = [
    terminalTable(COLUMNS, comparedRows(runs)),
    LEGEND,
    ['Why they differ', ...whyTheyDiffer(runs), ...whatTheFiguresMean(runs)].join('\n  '),
    remarks(runs).join('\n'),
  ];
  return paragraphs.filter((one) => one !== '').join('\n\n');
}

const LEGEND =
  'yours / this: messages per second in a duel, above 1 yours is faster. us: microseconds. C is measured without sanitizers.';

const COLUMNS: readonly Column<ComparedRow>[] = [
  { title: 'scenario', cell: ({ scenario }) => scenario },
  { title: 'server', cell: ({ server }) => server },
  figure('messages/s', ({ side }) => side && count(side.messagesPerSecond)),
  figure('p50 us', ({ side }) => side && us(side.latency.p50Ns)),
  figure('p99 us', ({ side }) => side && us(side.latency.p99Ns)),
  figure('CPU us/msg', ({ side }) =>
    side && 'totalNs' in side.cpuPerMessage ? us(side.cpuPerMessage.totalNs) : undefined,
  ),
  figure('calls/msg', ({ side }) =>
    side && 'calls' in side.systemCallsPerMessage ? rounded(side.systemCallsPerMessage.calls) : undefined,
  ),
  figure('KiB/conn', ({ bytesPerConnection: bytes }) => (bytes === undefined ? undefined : kib(bytes))),
  {
    title: 'yours / this',
    cell: ({ ratio }) =>
      ratio ? `${rounded(ratio.value)} [${rounded(ratio.low)}, ${rounded(ratio.high)}]` : '',
  },
];

function figure(title: string, pick: (row: ComparedRow) => string | undefined): Column<ComparedRow> {
  return { title, align: 'right', cell: (row) => pick(row) ?? '-' };
}

/** Why a cell is empty, and what disturbed the run: each reason once. */
function remarks(runs: readonly BenchRun[]): string[] {
  const reasons = runs.flatMap((run) => [
    ...run.failures.map((failure) => `failed: ${failure}`),
    ...run.scenarios.flatMap(({ verdict }) => verdict.remarks),
    ...run.scenarios.flatMap(({ a, b }) =>
      [a, b].flatMap((side) =>
        side && 'notMeasured' in side.systemCallsPerMessage
          ? [`system calls: not measured: ${side.systemCallsPerMessage.notMeasured}`]
          : [],
      ),
    ),
  ]);
  const interrupted = runs.some(({ complete }) => !complete) ? ['interrupted: what was measured so far'] : [];
  return [...new Set(reasons), ...interrupted];
}

function areAlike(one: number, other: number): boolean {
  return Math.abs(one - other) <= ALIKE * Math.max(one, other);
}

function us(ns: number): string {
  return rounded(ns / 1000);
}

function kib(bytes: number): string {
  return rounded(bytes / 1024);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
