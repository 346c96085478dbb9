/**
 * `make goals`: measures every goal in one run and writes their table into docs/measuring.md. About a quarter of an hour.
 *
 * A goal that cannot be measured is "not judged" with its reason.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../servers.ts';
import { type Bench, Cancelled } from '../measure.ts';
import type { Noise } from '../noise.ts';
import type { BenchRun } from '../schema.ts';
import { markdownTable } from '../table.ts';
import { datagramGoals } from './datagrams.ts';
import { type DuelGoal, duelGoals } from './duel-goals.ts';
import { ACROSS_LANGUAGES_DUELS, type DuelsFound, duelRound, duelRow } from './duels.ts';
import { agreementGoal, speedGoals } from './generators.ts';
import { type GoalRow, notJudged } from './goal.ts';
import { idleGoals } from './idle.ts';
import { selfCheckGoals } from './self-checks.ts';
import { Servers } from './servers.ts';
import { stoppedGoal } from './stopped.ts';

const DOCUMENT = join(ROOT, 'docs', 'measuring.md');
const VERDICTS = ['met', 'not missed', 'missed', 'not judged'] as const;
const BLOCK = /<!-- goals:begin -->[\s\S]*<!-- goals:end -->/;

/** Measures all goals. @param tell hears one line per measurement */
export async function measureGoals(bench: Bench, tell: (line: string) => void): Promise<GoalRow[]> {
  const servers = new Servers(bench.session);
  const found = new Map(duelGoals().map((goal): [DuelGoal, DuelsFound] => [goal, { duels: [] }]));
  const others = [
    part(bench, tell, 8, 'UDP books', () => datagramGoals(bench)),
    part(bench, tell, 9, 'idle connections', () => idleGoals(bench)),
    async () => {
      const rows: GoalRow[] = [];
      for (const { what, measure } of speedGoals(bench, tell))
        rows.push(...(await part(bench, tell, 10, what, measure)()));
      return rows;
    },
    part(bench, tell, 11, 'two generators', async () => [await agreementGoal(bench, tell)]),
    part(bench, tell, 12, 'self-checks', () => selfCheckGoals(bench, tell)),
    part(bench, tell, 14, 'a stopped server', () => stoppedGoal(bench)),
  ];
  const rows: GoalRow[] = [];
  for (let round = 1; round <= ACROSS_LANGUAGES_DUELS; round++) {
    await duelRound(bench, servers, found, round, tell);
    // Between the rounds, so that these are spread as the duels are.
    rows.push(...((await others[round - 1]?.()) ?? []));
  }
  for (const [goal, result] of found) rows.push(duelRow(goal, result, bench.seed));
  return rows.sort((x, y) => x.goal - y.goal);
}

/** A part that fails is told and not judged; the others go on. */
function part(
  bench: Bench,
  tell: (line: string) => void,
  goal: number,
  what: string,
  work: () => Promise<GoalRow[]>,
): () => Promise<GoalRow[]> {
  return async () => {
    if (bench.signal.aborted) return [];
    try {
      return await work();
    } catch (error) {
      if (error instanceof Cancelled) return [];
      const [why = ''] = String(error instanceof Error ? error.message : error).split('\n');
      tell(`goal ${goal}, ${what}: ${why}`);
      return [notJudged(goal, what, '', why)];
    }
  };
}

/** The table, the sum, and where and under which disturbance it was measured. */
export function goalsMarkdown(
  rows: readonly GoalRow[],
  environment: BenchRun['environment'],
  at: Date,
  noise?: Noise,
): string {
  const table = markdownTable(
    [
      { title: 'goal', align: 'right', cell: (row: GoalRow) => String(row.goal) },
      { title: 'what', cell: ({ what }) => what },
      { title: 'wanted', cell: ({ wanted }) => wanted },
      { title: 'measured', cell: ({ measured }) => measured },
      { title: 'verdict', cell: ({ verdict }) => (verdict === 'missed' ? '**missed**' : verdict) },
    ],
    rows,
  );
  return `${table}\n\n${goalsSummary(rows)}. ${stamp(environment, at)}${disturbance(noise)}`;
}

/** `31 met, 1 not missed, 2 missed, 1 not judged`. */
export function goalsSummary(rows: readonly GoalRow[]): string {
  return VERDICTS.map((verdict) => `${rows.filter((row) => row.verdict === verdict).length} ${verdict}`).join(
    ', ',
  );
}

function stamp(
  { commit, dirty, cpus, cpuModel, kernel, node, compiler }: BenchRun['environment'],
  at: Date,
): string {
  const date = at.toISOString().slice(0, 10);
  return `${date}, commit ${commit}${dirty ? ' (with changes)' : ''}, ${cpus} x ${cpuModel}, ${kernel}, Node ${node}, ${compiler}.`;
}

function disturbance(noise: Noise | undefined): string {
  return noise ? ` CPU used by others: ${noise.othersCores.toFixed(2)} cores.` : '';
}

/** Replaces the marked block. Pure. @throws Error when the text has no such block */
export function withGoals(text: string, markdown: string): string {
  if (!BLOCK.test(text))
    throw new Error('docs/measuring.md has no block between <!-- goals:begin --> and <!-- goals:end -->');
  return text.replace(BLOCK, () => `<!-- goals:begin -->\n${markdown}\n<!-- goals:end -->`);
}

export function writeGoals(markdown: string): void {
  writeFileSync(DOCUMENT, withGoals(readFileSync(DOCUMENT, 'utf8'), markdown));
}
