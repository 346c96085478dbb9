/**
 * The trials as text for a person and as one JSON document. Pure.
 */
import { styleText } from 'node:util';
import { z } from 'zod';
import { count } from '../../checks/result.ts';
import { summaryLine } from '../../report/text.ts';
import { killers } from './judgement.ts';
import { type Score, scoreOf, type Tried } from './score.ts';
import { trialSchema } from './trial.ts';

const MARKS = { pass: 'ok  ', fail: 'FAIL', 'not judged': '-   ' } as const;
const STYLES = { pass: 'green', fail: 'red', 'not judged': 'yellow' } as const;
const SHOWN_KILLERS = 4;

/** What was run, and where. */
export interface RunFacts {
  /** State of the sources, as revision.ts names it. */
  revision: string;
  seed: number;
  /** Every check against every server. */
  full: boolean;
  startedAt: Date;
  durationMs: number;
  /** All servers that were asked for were tried. */
  complete: boolean;
}

/** One line for a server that is as its entry says; the problems below it where it is not. */
export function triedLines({ trial, judgement }: Tried): string {
  const { verdict, problems, why } = judgement;
  const mark = styleText(STYLES[verdict], MARKS[verdict]);
  const killedBy = killers(trial);
  const seconds = `${(trial.durationMs / 1000).toFixed(1)} s`;
  const result = killedBy.length === 0 ? 'passed everything' : `killed by ${shortened(killedBy)}`;
  const first = `${mark}  ${trial.server}: ${trial.outcomes.length} checks, ${result}, ${seconds}`;
  const reasons = why === undefined ? [] : [`not judged: ${why}`];
  return [first, ...[...problems, ...reasons].map(indented)].join('\n');
}

/** At most four ids, and how many more there are. */
export function shortened(ids: readonly string[]): string {
  const more = ids.length - SHOWN_KILLERS;
  return more > 0 ? `${ids.slice(0, SHOWN_KILLERS).join(', ')} and ${more} more` : ids.join(', ');
}

/** The kill score and the three lists, then `N passed, N failed, N not judged (why)`, in which a server counts as one. */
export function scoreLines(all: readonly Tried[], score: Score): string[] {
  const list = (title: string, items: readonly string[]): string[] =>
    items.length === 0 ? [] : ['', title, ...items.map((item) => `  ${item}`)];
  return [
    `${score.killed} of ${score.wrong} wrong servers killed, ${score.unharmed} of ${score.correct} correct ones unharmed`,
    ...list('survived:', score.survivors),
    ...list(
      'the only killer of:',
      [...score.onlyKillers].map(([id, servers]) => `${id}: ${servers.join(', ')}`),
    ),
    ...list('killed nobody:', score.idleChecks.length > 0 ? [score.idleChecks.join(' ')] : []),
    ...list(
      'seen by a deadline alone:',
      score.onlyByDeadline.map(({ server, why }) => `${server}: ${why}`),
    ),
    '',
    summaryLine(all.map(({ judgement }) => judgement)),
  ];
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `      ${line}`)
    .join('\n');
}

const counts = z.object({ passed: z.int(), failed: z.int(), notJudged: z.int(), why: z.array(z.string()) });

const tried = trialSchema.extend({
  protocol: z.string(),
  mustFail: z.array(z.string()),
  mayFail: z.array(z.string()),
  first: z.string().optional(),
  verdict: z.enum(['pass', 'fail', 'not judged']),
  problems: z.array(z.string()),
});

/** Schema of the document that `--json` writes. */
export const mutantsReportSchema = z.object({
  schema: z.literal('mutants-report'),
  version: z.literal(1),
  revision: z.string(),
  seed: z.int(),
  full: z.boolean(),
  startedAt: z.string(),
  durationMs: z.int(),
  complete: z.boolean(),
  counts,
  score: z.object({
    wrong: z.int(),
    killed: z.int(),
    survivors: z.array(z.string()),
    correct: z.int(),
    unharmed: z.int(),
    onlyKillers: z.record(z.string(), z.array(z.string())),
    idleChecks: z.array(z.string()),
    onlyByDeadline: z.array(z.object({ server: z.string(), why: z.string() })),
  }),
  servers: z.array(tried),
});

export function mutantsReport(
  all: readonly Tried[],
  checkIds: readonly string[],
  facts: RunFacts,
): z.infer<typeof mutantsReportSchema> {
  const score = scoreOf(all, checkIds);
  return {
    schema: 'mutants-report',
    version: 1,
    ...facts,
    startedAt: facts.startedAt.toISOString(),
    durationMs: Math.round(facts.durationMs),
    counts: count(all.map(({ judgement }) => judgement)),
    score: { ...score, onlyKillers: Object.fromEntries(score.onlyKillers) },
    servers: all.map(triedJson),
  };
}

function triedJson({ server, trial, judgement }: Tried): z.infer<typeof tried> {
  return {
    ...trial,
    protocol: server.suite,
    mustFail: [...server.mustFail],
    mayFail: [...server.mayFail],
    first: server.first,
    verdict: judgement.verdict,
    problems: judgement.problems,
  };
}
