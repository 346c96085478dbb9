/**
 * The measured part of docs/mutants.md: figures with revision and date, and the matrix in a compact form.
 *
 * The text around it is written by hand.
 */
import { join } from 'node:path';
import { markdownTable } from '../../bench/table.ts';
import { machineStamp, writeBlock } from '../../report/marked-block.ts';
import { ROOT } from '../../servers.ts';
import { faultOf } from './fault.ts';
import { killers } from './judgement.ts';
import { type RunFacts, scoreLines, shortened } from './report.ts';
import { type Score, scoreOf, type Tried } from './score.ts';
import { type Unobservable, unobservable } from './unobservable.ts';

const DOCUMENT = join(ROOT, 'docs', 'mutants.md');

/** Writes what was found into docs/mutants.md. @throws Refusal when the page has no place for it */
export function writePage(all: readonly Tried[], checkIds: readonly string[], facts: RunFacts): void {
  writeBlock(DOCUMENT, 'mutants', pageMarkdown(all, checkIds, facts));
}

function pageMarkdown(all: readonly Tried[], checkIds: readonly string[], facts: RunFacts): string {
  const score = scoreOf(all, checkIds);
  const wrong = all.filter(({ server }) => server.mustFail.length > 0);
  const correct = all.filter(({ server }) => server.mustFail.length === 0);
  return [
    `${scoreLines(all, score)[0]}.`,
    stamp(facts),
    '### Wrong servers',
    markdownTable(
      [
        { title: 'server', cell: ({ trial }: Tried) => trial.server },
        { title: 'protocol', cell: ({ server }) => server.suite },
        { title: 'fault', cell: ({ server }) => faultOf(server) },
        { title: 'killed by', cell: ({ trial }) => shortened(killers(trial)) },
        { title: 'first', cell: ({ server }) => server.first ?? '' },
      ],
      wrong,
    ),
    '### Unusual and correct servers',
    markdownTable(
      [
        { title: 'server', cell: ({ trial }: Tried) => trial.server },
        { title: 'protocol', cell: ({ server }) => server.suite },
        { title: 'what is unusual', cell: ({ server }) => faultOf(server) },
        { title: 'checks', align: 'right', cell: ({ trial }) => String(trial.outcomes.length) },
        { title: 'failed', cell: ({ trial }) => killers(trial).join(', ') || 'none' },
      ],
      correct,
    ),
    ...lists(score),
    '### Faults that cannot be observed',
    unobservableTable(),
  ].join('\n\n');
}

function lists(score: Score): string[] {
  return [
    '### Servers that one check alone kills',
    markdownTable(
      [
        { title: 'check', cell: ([id]: [string, string[]]) => id },
        { title: 'the only killer of', cell: ([, servers]) => servers.join(', ') },
      ],
      [...score.onlyKillers],
    ),
    '### Checks that kill nobody',
    score.idleChecks.join(', ') || 'None.',
    '### Faults that only a deadline shows',
    markdownTable(
      [
        { title: 'server', cell: ({ server }: { server: string; why: string }) => server },
        { title: 'why nothing is visible sooner', cell: ({ why }) => why },
      ],
      score.onlyByDeadline,
    ),
  ];
}

function unobservableTable(): string {
  return markdownTable(
    [
      { title: 'fault', cell: ({ fault }: Unobservable) => fault },
      { title: 'experiment', cell: ({ experiment }) => experiment },
      { title: 'seen', align: 'right', cell: ({ seen, tries }) => `${seen} of ${tries}` },
    ],
    unobservable,
  );
}

function stamp({ revision, seed, startedAt }: RunFacts): string {
  return `*${machineStamp(startedAt)}, commit ${revision}, seed ${seed}*`;
}
