/**
 * One wrong server against some checks: what became of each, as plain data that is written to a file and read again.
 *
 * It does not say whether that is as it should be: judgement.ts does.
 */
import { z } from 'zod';
import { runInArena } from '../../arena.ts';
import type { Check } from '../../checks/check.ts';
import type { CheckResult } from '../../checks/result.ts';
import { HarnessTrouble } from '../../checks/run.ts';
import { isDeadline } from '../../checks/waits.ts';
import { sorted } from '../../report/text.ts';
import { specOf } from './catalogue.ts';
import { type FaultyServer, idOf } from './entry.ts';
import { messageOf } from './message.ts';

const outcome = z.object({
  id: z.string(),
  verdict: z.enum(['pass', 'fail', 'not judged']),
  /** Only for `not judged`. */
  why: z.string().optional(),
  /** Only for `fail`. */
  expected: z.string().optional(),
  actual: z.string().optional(),
  /** Nothing wrong was seen; what should have come did not come in time. */
  byDeadline: z.boolean().optional(),
});

export const trialSchema = z.object({
  /** `c/strips-newline`. */
  server: z.string(),
  /** In the order of the catalogue. */
  outcomes: z.array(outcome),
  /** What the check that is shown first said, if it failed. */
  message: z.string().optional(),
  /** What went wrong in the harness itself; there is no outcome then. */
  trouble: z.string().optional(),
  durationMs: z.int(),
});

export type Outcome = z.infer<typeof outcome>;
export type Trial = z.infer<typeof trialSchema>;

/** Runs the checks, each in the tier that it belongs to. Trouble of the harness is told in the trial. */
export async function tryServer(
  server: FaultyServer,
  checks: readonly Check[],
  seed: number,
): Promise<Trial> {
  const startedAt = performance.now();
  const { results, trouble } = await resultsOf(server, checks, seed);
  const shownFirst = results.find(({ id, verdict }) => id === server.first && verdict === 'fail');
  return {
    server: idOf(server),
    outcomes: results.map(outcomeOf),
    ...(shownFirst ? { message: messageOf(server, shownFirst) } : {}),
    ...(trouble === undefined ? {} : { trouble }),
    durationMs: Math.round(performance.now() - startedAt),
  };
}

async function resultsOf(
  server: FaultyServer,
  checks: readonly Check[],
  seed: number,
): Promise<{ results: CheckResult[]; trouble?: string }> {
  const spec = specOf(server);
  const run = async (tier: 'quick' | 'full'): Promise<CheckResult[]> => {
    const ofTier = checks.filter((check) => (check.tier === 'full') === (tier === 'full'));
    return ofTier.length === 0 ? [] : (await runInArena({ spec, checks: ofTier, seed, tier })).results;
  };
  try {
    const quick = await run('quick');
    // Nothing is judged of a server that is not ready; each check would wait for it in vain.
    const full = quick.some(({ id, verdict }) => id.startsWith('ready.') && verdict === 'fail')
      ? []
      : await run('full');
    return { results: sorted([...quick, ...full]) };
  } catch (error) {
    if (error instanceof HarnessTrouble) return { results: [], trouble: error.message };
    throw error;
  }
}

function outcomeOf({ id, verdict, why, failure }: CheckResult): Outcome {
  if (!failure) return { id, verdict, ...(why === undefined ? {} : { why }) };
  const { expected, actual } = failure.facts;
  return { id, verdict, expected, actual, ...(isDeadline(failure.facts) ? { byDeadline: true } : {}) };
}
