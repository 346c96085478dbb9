/**
 * What a run of mutants says: how many were killed in each language and by each kind of change, and every survivor with its argument or
 * without one. As text, as one JSON document, and as the block that docs/trust.md shows. Pure.
 */
import { z } from 'zod';
import { terminalTable } from '../bench/table.ts';
import { summaryLine } from '../report/text.ts';
import { argumentFor } from './argued.ts';
import { LANGUAGES, OPERATORS } from './mutant.ts';
import { type MutantEntry, type MutatePlan, mutantEntry } from './run.ts';

const score = z.object({
  killed: z.int(),
  survived: z.int(),
  /** Of the survivors, those with an argument. */
  argued: z.int(),
  discarded: z.int(),
  trouble: z.int(),
});

export type Score = z.infer<typeof score>;

/** Schema of the document that `mutate --json` prints. */
export const mutateReportSchema = z.object({
  schema: z.literal('mutate-report'),
  version: z.literal(1),
  revision: z.string(),
  seed: z.int(),
  /** False when it was interrupted. */
  complete: z.boolean(),
  scores: z.array(score.extend({ language: z.enum(LANGUAGES), operator: z.enum([...OPERATORS, 'all']) })),
  survivors: z.array(mutantEntry.extend({ argument: z.string().optional() })),
  troubles: z.array(mutantEntry),
});

export type MutateReport = z.infer<typeof mutateReportSchema>;

export function mutateReport(plan: MutatePlan, entries: readonly MutantEntry[]): MutateReport {
  const scores = plan.languages.flatMap((language) => {
    const own = entries.filter((entry) => entry.language === language);
    const byOperator = OPERATORS.map((operator) => ({
      language,
      operator,
      ...scoreOf(own.filter((entry) => entry.operator === operator)),
    }));
    return [...byOperator, { language, operator: 'all' as const, ...scoreOf(own) }];
  });
  return {
    schema: 'mutate-report',
    version: 1,
    revision: plan.revision,
    seed: plan.seed,
    complete: scores.every(({ operator, ...one }) => operator !== 'all' || judged(one) >= plan.wanted),
    scores,
    survivors: entries.filter(({ outcome }) => outcome === 'survived').map(withArgument),
    troubles: entries.filter(({ outcome }) => outcome === 'trouble'),
  };
}

function scoreOf(entries: readonly MutantEntry[]): Score {
  const having = (outcome: MutantEntry['outcome']): MutantEntry[] =>
    entries.filter((entry) => entry.outcome === outcome);
  const survived = having('survived');
  return {
    killed: having('killed').length,
    survived: survived.length,
    argued: survived.filter((entry) => argumentFor(entry) !== undefined).length,
    discarded: having('discarded').length,
    trouble: having('trouble').length,
  };
}

function judged({ killed, survived, trouble }: Score): number {
  return killed + survived + trouble;
}

function withArgument(entry: MutantEntry): MutateReport['survivors'][number] {
  const argument = argumentFor(entry);
  return argument ? { ...entry, argument: `${argument.because}: ${argument.why}` } : entry;
}

/** For a person; ends with the counts, like every summary. What was argued for counts as passed. */
export function mutateText(report: MutateReport): string {
  const survivors = report.survivors.map((entry) => {
    const verdict = entry.argument ?? 'no argument: a missing check?';
    return `${diff(entry)}\n  survived; ${verdict}`;
  });
  const troubles = report.troubles.map((entry) => `${diff(entry)}\n  trouble of the harness: ${entry.why}`);
  const counts = report.scores.filter(({ operator }) => operator === 'all');
  const state = `${report.complete ? 'complete' : 'not complete'}, seed ${report.seed}, revision ${report.revision}`;
  const lines = [...counts.map(scoreSentence), state, summaryLine(counts.flatMap(verdicts))];
  return [...survivors, ...troubles, scoreTable(report.scores), lines.join('\n')].join('\n\n');
}

function diff({ file, line, operator, before, after }: MutantEntry): string {
  return `${file}:${line}  ${operator}\n  - ${before}\n  + ${after}`;
}

/** `c: 34 killed and 4 survived of 38: 89 % killed; 3 survivors are argued for, 1 is not`. */
function scoreSentence({
  language,
  killed,
  survived,
  argued,
  discarded,
}: MutateReport['scores'][number]): string {
  const counted = killed + survived;
  const share = counted === 0 ? 'nothing was counted' : `${percent(killed, counted)} killed`;
  return `${language}: ${killed} of ${counted} killed: ${share}; of ${survived} that survived ${argued} are argued for (${percent(killed + argued, counted)} in all); ${discarded} drawn were not counted`;
}

function verdicts({
  killed,
  argued,
  survived,
  trouble,
}: Score): { verdict: 'pass' | 'fail' | 'not judged'; why?: string }[] {
  const many = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);
  return [
    ...many(killed + argued, { verdict: 'pass' } as const),
    ...many(survived - argued, { verdict: 'fail' } as const),
    ...many(trouble, { verdict: 'not judged', why: 'trouble of the harness' } as const),
  ];
}

function scoreTable(scores: MutateReport['scores']): string {
  const number = (value: (row: Score) => number) => ({
    align: 'right' as const,
    cell: (row: MutateReport['scores'][number]) => String(value(row)),
  });
  return terminalTable(
    [
      { title: 'language', cell: ({ language }) => language },
      { title: 'change', cell: ({ operator }) => operator },
      { title: 'killed', ...number(({ killed }) => killed) },
      { title: 'survived', ...number(({ survived }) => survived) },
      { title: 'argued', ...number(({ argued }) => argued) },
      { title: 'not counted', ...number(({ discarded }) => discarded) },
    ],
    scores,
  );
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${Math.floor((100 * part) / whole)} %`;
}

/** The block of docs/trust.md. `where` says on which machine, and when. */
export function mutateMarkdown(report: MutateReport, where: string): string {
  const rows = report.scores
    .filter(({ operator }) => operator === 'all')
    .map(
      ({ language, killed, survived, argued, discarded }) =>
        `| ${language} | ${killed} | ${survived} | ${argued} | ${discarded} | ${percent(killed, killed + survived)} | ${percent(killed + argued, killed + survived)} |`,
    );
  return [
    '| language | killed | survived | argued for | not counted | killed before arguing | after |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
    '',
    `${report.complete ? '' : '*The run was not complete.* '}Seed ${report.seed}, revision ${report.revision}, ${where}.`,
  ].join('\n');
}
