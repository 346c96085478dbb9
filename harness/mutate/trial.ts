/**
 * The trial of one mutant: its servers against the quick tier of their suites, to the first check that fails.
 */
import { runInArena } from '../arena.ts';
import { checksFor } from '../checks/catalogue.ts';
import type { Check } from '../checks/check.ts';
import { HarnessTrouble } from '../checks/run.ts';
import type { ServerSpec } from '../servers.ts';

/** A mutant that holds up every check a little may take no longer than this for one suite: then it counts as killed, by time. */
const WALL_LIMIT_MS = 300_000;
const BY_TIME = 'the time limit';

export type Verdict =
  | { outcome: 'killed'; by: string; saw: string; server: string }
  | { outcome: 'survived' }
  | { outcome: 'trouble'; why: string };

/** Tries the servers one after the other. @param onlyChecks for tests: instead of the whole quick tier */
export async function tryMutant(
  servers: readonly ServerSpec[],
  seed: number,
  onlyChecks?: readonly string[],
): Promise<Verdict> {
  try {
    for (const spec of servers) {
      const failure = await firstFailure(spec, seed, onlyChecks);
      if (failure) return { outcome: 'killed', ...failure, server: spec.name };
    }
    return { outcome: 'survived' };
  } catch (error) {
    if (error instanceof HarnessTrouble) return { outcome: 'trouble', why: error.message };
    throw error;
  }
}

/** The check that failed first; undefined when none did. */
async function firstFailure(
  spec: ServerSpec,
  seed: number,
  onlyChecks: readonly string[] | undefined,
): Promise<{ by: string; saw: string } | undefined> {
  const end = new AbortController();
  let first: { by: string; saw: string } | undefined;
  const kill = (by: string, saw: string): void => {
    first ??= { by, saw };
    end.abort();
  };
  const timer = setTimeout(
    () => kill(BY_TIME, `the suite took longer than ${WALL_LIMIT_MS / 1000} s`),
    WALL_LIMIT_MS,
  );
  try {
    await runInArena({
      spec,
      checks: quickChecks(spec, onlyChecks),
      seed,
      tier: 'quick',
      signal: end.signal,
      onResult: ({ id, failure }) => {
        if (failure) kill(id, `expected ${failure.facts.expected}, got ${failure.facts.actual}`);
      },
    });
  } finally {
    clearTimeout(timer);
  }
  return first;
}

function quickChecks({ protocol }: ServerSpec, only: readonly string[] | undefined): Check[] {
  return checksFor(protocol).filter(
    ({ id, tier }) => tier !== 'full' && (only === undefined || only.includes(id)),
  );
}
