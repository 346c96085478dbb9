/**
 * A run as text for people: the ratio of each scenario with its verdict, then each contender's figures, then what stands beside them.
 *
 * One set of columns, two styles: terminal and Markdown. Nothing is computed here that the document does not hold.
 */
import type { BenchRun, ScenarioResult, SideResult } from './schema.ts';
import { type Column, markdownTable, terminalTable } from './table.ts';
import { rounded } from './verdict.ts';

export interface Style {
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string;
  heading(text: string): string;
}

/** @param bold how a heading is made to stand out; identity where there are no colours */
export function terminalStyle(bold: (text: string) => string): Style {
  return { table: terminalTable, heading: (text) => bold(text) };
}

export const MARKDOWN: Style = { table: markdownTable, heading: (text) => `### ${text}\n` };

/** The whole report, ending with a newline. */
export function renderRun(run: BenchRun, style: Style): string {
  const parts = [
    ratios(run, style),
    figures(run, style),
    beside(run, style),
    datagrams(run, style),
    peers(run, style),
    notes(run),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function ratios(run: BenchRun, style: Style): string {
  const { a, b } = run.contenders;
  const columns: Column<ScenarioResult>[] = [
    { title: 'scenario', cell: (one) => one.id },
    { title: 'what', cell: (one) => whatOf(one) },
    {
      title: `${a.label} / ${b.label}`,
      align: 'right',
      cell: ({ ratio }) => (ratio ? rounded(ratio.value) : '-'),
    },
    {
      title: 'interval',
      cell: ({ ratio }) => (ratio ? `[${rounded(ratio.low)}, ${rounded(ratio.high)}]` : '-'),
    },
    { title: 'verdict', cell: ({ verdict }) => [verdict.words, ...verdict.remarks].join('; ') },
  ];
  const heading = `${a.label} against ${b.label}${run.quick ? ' (quick: no verdict)' : ''}${run.complete ? '' : ' (interrupted: what was measured so far)'}`;
  const legend = `The ratio is ${a.label} / ${b.label} of messages per second: above 1, ${a.label} is faster. In the open loop it is that of the median latencies: above 1, ${a.label} is slower.`;
  return `${style.heading(heading)}\n${style.table(columns, run.scenarios)}\n\n${legend}`;
}

function whatOf({ title, offeredRate }: ScenarioResult): string {
  return offeredRate === undefined ? title : `${title}: ${count(offeredRate)}/s`;
}

interface Figure {
  scenario: string;
  label: string;
  side: SideResult;
}

function figures(run: BenchRun, style: Style): string {
  const rows = run.scenarios.flatMap(({ id, a, b }): Figure[] => [
    ...(a ? [{ scenario: id, label: run.contenders.a.label, side: a }] : []),
    ...(b ? [{ scenario: id, label: run.contenders.b.label, side: b }] : []),
  ]);
  if (rows.length === 0) return '';
  const latency = (title: string, pick: (side: SideResult) => number): Column<Figure> => ({
    title,
    align: 'right',
    cell: ({ side }) => microseconds(pick(side)),
  });
  const columns: Column<Figure>[] = [
    { title: 'scenario', cell: ({ scenario }) => scenario },
    { title: 'server', cell: ({ label }) => label },
    { title: 'messages/s', align: 'right', cell: ({ side }) => count(side.messagesPerSecond) },
    latency('p50 us', (side) => side.latency.p50Ns),
    latency('p99 us', (side) => side.latency.p99Ns),
    latency('p99.9 us', (side) => side.latency.p999Ns),
    latency('max us', (side) => side.latency.maxNs),
    { title: 'CPU us/msg (user + sys)', align: 'right', cell: ({ side }) => cpu(side) },
    { title: 'calls/msg', align: 'right', cell: ({ side }) => calls(side) },
  ];
  return `${style.heading('Latency, throughput, and what a message costs the server')}\n${style.table(columns, rows)}`;
}

function beside(run: BenchRun, style: Style): string {
  if (run.memory.length === 0 && run.floor.length === 0) return '';
  const memory = run.memory.map(({ contender, protocol, connections, outcome }) => ({
    what: `memory per idle connection, ${protocol}, ${contender}`,
    figure:
      'bytesPerConnection' in outcome
        ? `${rounded(outcome.bytesPerConnection / 1024)} KiB (over ${count(connections)} connections)`
        : `not measured: ${outcome.notMeasured}`,
  }));
  const floor = run.floor.map(({ transport, outcome }) => ({
    what: `blocking C client and server, ${transport.toUpperCase()} ping-pong: the floor`,
    figure:
      'p50Ns' in outcome
        ? `${count(outcome.messagesPerSecond)}/s, p50 ${microseconds(outcome.p50Ns)} us`
        : `not measured: ${outcome.notMeasured}`,
  }));
  const columns: Column<{ what: string; figure: string }>[] = [
    { title: 'beside', cell: ({ what }) => what },
    { title: 'figure', cell: ({ figure }) => figure },
  ];
  return style.table(columns, [...memory, ...floor]);
}

type Datagrams = BenchRun['datagrams'][number];

function datagrams(run: BenchRun, style: Style): string {
  if (run.datagrams.length === 0) return '';
  const term = (title: string, pick: (outcome: Balance) => number | string): Column<Datagrams> => ({
    title,
    align: 'right',
    cell: ({ outcome }) => {
      if ('notMeasured' in outcome) return '-';
      const value = pick(outcome);
      return typeof value === 'number' ? count(value) : value;
    },
  });
  const columns: Column<Datagrams>[] = [
    { title: 'scenario', cell: ({ scenario }) => scenario },
    { title: 'server', cell: ({ contender }) => contender },
    term('sent', (books) => books.sent),
    term('= received', (books) => books.received),
    term('+ late', (books) => books.late),
    term('+ dropped at client', (books) => books.droppedHere),
    term('+ dropped at server', (books) => books.droppedThere),
    term('+ failed sends', (books) => books.server?.failed ?? 'not told'),
    { title: 'books', cell: ({ outcome }) => booksOf(outcome) },
  ];
  return `${style.heading('Where every datagram went')}\n${style.table(columns, run.datagrams)}`;
}

type Balance = Extract<Datagrams['outcome'], { sent: number }>;

function booksOf(outcome: Datagrams['outcome']): string {
  if ('notMeasured' in outcome) return `not measured: ${outcome.notMeasured}`;
  return outcome.unexplained === 0 ? 'balanced' : `${outcome.unexplained} unexplained`;
}

function peers(run: BenchRun, style: Style): string {
  if (run.peers.length === 0) return '';
  const columns: Column<BenchRun['peers'][number]>[] = [
    { title: 'scenario', cell: ({ scenario }) => scenario },
    { title: 'peer', cell: ({ name, what }) => `${name} (${what})` },
    {
      title: 'contender / peer',
      cell: ({ contender, outcome }) =>
        'ratio' in outcome
          ? `${contender}: ${rounded(outcome.ratio.value)} [${rounded(outcome.ratio.low)}, ${rounded(outcome.ratio.high)}]`
          : `not measured: ${outcome.notMeasured}`,
    },
    {
      title: 'peer messages/s',
      align: 'right',
      cell: ({ outcome }) => ('ratio' in outcome ? count(outcome.peerMessagesPerSecond) : '-'),
    },
  ];
  return `${style.heading('Beside known servers (one duel each, 95 % bootstrap interval)')}\n${style.table(columns, run.peers)}`;
}

function notes(run: BenchRun): string {
  const lines = [
    ...run.failures.map((failure) => `Failed: ${failure}`),
    ...leftOutLines(run),
    selfCheckLine(run),
    noiseLine(run),
    ...intervalLines(run),
    ...notMeasuredCalls(run),
    ...missingPeers(run),
    environmentLine(run),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** One line a reason. */
function leftOutLines({ leftOut }: BenchRun): string[] {
  const reasons = new Set(leftOut.map(({ why }) => why));
  const idsOf = (why: string): string[] => leftOut.filter((one) => one.why === why).map(({ id }) => id);
  return [...reasons].map((why) => `Left out: ${idsOf(why).join(', ')}: ${why}`);
}

function selfCheckLine({ selfCheck }: BenchRun): string {
  if ('notMeasured' in selfCheck) return `Self-check: none (${selfCheck.notMeasured})`;
  const { contender, scenario, ratio, halfWidth, tooNoisy } = selfCheck;
  const figure = `${ratio.value.toFixed(3)} [${ratio.low.toFixed(3)}, ${ratio.high.toFixed(3)}], half-width ${(halfWidth * 100).toFixed(1)} %`;
  return `Self-check (${contender} against itself, ${scenario}): ${figure}: ${tooNoisy ? 'machine too noisy' : 'fine'}`;
}

function noiseLine({ noise }: BenchRun): string {
  if ('notMeasured' in noise) return '';
  return `CPU used by others: ${noise.othersCores.toFixed(2)} cores, taken by the hypervisor: ${noise.stealCores.toFixed(2)}`;
}

function intervalLines({ scenarios, settings }: BenchRun): string[] {
  const methods = new Set(scenarios.flatMap(({ ratio }) => (ratio ? [ratio.method] : [])));
  const lines: string[] = [];
  if (methods.has('duels') && settings.duels > 1) {
    const confidence = 100 * (1 - 2 ** (1 - settings.duels));
    lines.push(
      `Interval: from the smallest to the largest of ${settings.duels} duels, ${confidence.toFixed(0)} % for the median`,
    );
  }
  if (methods.has('bootstrap'))
    lines.push('Interval within a duel: moving-block bootstrap over pairs of slices, 95 %');
  return lines;
}

function notMeasuredCalls({ scenarios }: BenchRun): string[] {
  const reasons = scenarios.flatMap(({ figure, a, b }) =>
    figure === 'latency'
      ? []
      : [a, b].flatMap((side) =>
          side && 'notMeasured' in side.systemCallsPerMessage ? [side.systemCallsPerMessage.notMeasured] : [],
        ),
  );
  return [...new Set(reasons)].map((why) => `System calls: not measured: ${why}`);
}

function missingPeers({ peersMissing }: BenchRun): string[] {
  if (peersMissing.length === 0) return [];
  return [`Peers not installed: ${peersMissing.map(({ name, needs }) => `${name} (${needs})`).join(', ')}`];
}

function environmentLine({ environment, startedAt, seed, durationMs }: BenchRun): string {
  const { cpus, cpuModel, kernel, node, compiler, commit, dirty, placement, governor } = environment;
  const took = `${Math.round(durationMs / 1000)} s`;
  return `${startedAt}, took ${took}, commit ${commit}${dirty ? ' (with changes)' : ''}, ${cpus} x ${cpuModel} (governor: ${governor}), ${kernel}, Node ${node}, ${compiler}; ${placement}; seed ${seed}`;
}

function cpu({ cpuPerMessage: cost }: SideResult): string {
  if ('notMeasured' in cost) return '-';
  return `${microseconds(cost.totalNs)} (${microseconds(cost.userNs)} + ${microseconds(cost.systemNs)})`;
}

function calls({ systemCallsPerMessage: cost }: SideResult): string {
  return 'calls' in cost ? rounded(cost.calls) : '-';
}

function microseconds(ns: number): string {
  const us = ns / 1000;
  return us < 10 ? us.toFixed(2) : us.toFixed(us < 1000 ? 1 : 0);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
