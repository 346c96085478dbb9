/**
 * Runs the passes that are missing and hands each over as soon as it is done. What they say, rates.ts and report.ts tell.
 */
import { stripVTControlCharacters } from 'node:util';
import { runInArena } from '../arena.ts';
import { catalogue } from '../checks/catalogue.ts';
import type { CheckResult } from '../checks/result.ts';
import { HarnessTrouble } from '../checks/run.ts';
import { failureText } from '../report/failure.ts';
import type { RunFacts } from '../report/fields.ts';
import type { ServerSpec } from '../servers.ts';
import { besideBusyCore } from './busy-core.ts';
import { type FlakePlan, nextBatch, type Outcome, type PassEntry, type PlannedPass } from './pass.ts';

/**
 * Runs `waiting` to the end.
 * @param width passes that may run beside each other
 * @param onPass called after each pass
 */
export async function runPasses(
  plan: FlakePlan,
  waiting: readonly PlannedPass[],
  width: number,
  onPass: (entry: PassEntry) => void,
): Promise<void> {
  let left = [...waiting];
  while (left.length > 0) {
    const batch = nextBatch(left, width);
    const run = async (): Promise<void> => {
      await Promise.all(batch.map(async (pass) => onPass(await runPass(plan, pass))));
    };
    await (batch[0]?.loaded ? besideBusyCore(run) : run());
    left = left.filter((pass) => !batch.includes(pass));
  }
}

async function runPass({ revision, tier }: FlakePlan, pass: PlannedPass): Promise<PassEntry> {
  const { spec, checkIds, seed, loaded } = pass;
  const checks = catalogue.filter(({ id }) => checkIds.includes(id));
  const results: CheckResult[] = [];
  const startedAt = performance.now();
  const at = new Date().toISOString();
  const trouble = await troubleOf(() =>
    runInArena({ spec, checks, seed, tier, onResult: (result) => results.push(result) }),
  );
  return {
    ...{ revision, at, server: spec.name, tier, pass: pass.pass, seed, loaded },
    durationMs: Math.round(performance.now() - startedAt),
    outcomes: Object.fromEntries(
      results.map((result) => [result.id, outcomeOf(result, spec, { seed, tier })]),
    ),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** Trouble of the harness is a result as well: to try again until there is none would hide it. */
async function troubleOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (error instanceof HarnessTrouble) return error.message;
    throw error;
  }
}

function outcomeOf(result: CheckResult, spec: ServerSpec, run: RunFacts): Outcome {
  const { verdict, durationMs, why } = result;
  const text = verdict === 'fail' ? stripVTControlCharacters(failureText(result, spec, run)) : undefined;
  return {
    verdict,
    durationMs,
    ...(why === undefined ? {} : { why }),
    ...(text === undefined ? {} : { text }),
  };
}
