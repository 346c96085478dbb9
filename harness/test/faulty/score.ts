/**
 * What the trials say about the checks: how many wrong servers they kill, which check is the only one that does, and which kills
 * nobody.
 *
 * Pure.
 */
import type { FaultyServer } from './entry.ts';
import { type Judgement, killedOnlyByDeadline, killers } from './judgement.ts';
import type { Trial } from './trial.ts';

/** A server, what became of it, and whether that is as its entry says. */
export interface Tried {
  server: FaultyServer;
  trial: Trial;
  judgement: Judgement;
}

export interface Score {
  /** Wrong servers that were tried. */
  wrong: number;
  /** Those of them that at least one check failed. */
  killed: number;
  /** Wrong servers that passed every check that they were tried with. */
  survivors: string[];
  /** Correct servers of an unusual kind, and how many of them passed everything. */
  correct: number;
  unharmed: number;
  /** Servers that one check alone kills, by check, in the order of the catalogue. */
  onlyKillers: Map<string, string[]>;
  /** Checks that were run and killed nobody. */
  idleChecks: string[];
  /** Servers whose fault shows by deadlines alone, each with the reason that its entry gives. */
  onlyByDeadline: Array<{ server: string; why: string }>;
}

export function scoreOf(all: readonly Tried[], checkIds: readonly string[]): Score {
  const wrong = all.filter(({ server }) => server.mustFail.length > 0);
  const correct = all.filter(({ server }) => server.mustFail.length === 0);
  const survivors = wrong.filter(({ trial }) => killers(trial).length === 0);
  const ran = new Set(all.flatMap(({ trial }) => trial.outcomes.map(({ id }) => id)));
  const killing = new Set(wrong.flatMap(({ trial }) => killers(trial)));
  return {
    wrong: wrong.length,
    killed: wrong.length - survivors.length,
    survivors: survivors.map(({ trial }) => trial.server),
    correct: correct.length,
    unharmed: correct.filter(({ trial }) => killers(trial).length === 0 && !trial.trouble).length,
    onlyKillers: onlyKillers(wrong, checkIds),
    idleChecks: checkIds.filter((id) => ran.has(id) && !killing.has(id)),
    onlyByDeadline: wrong
      .filter(({ server, trial }) => killedOnlyByDeadline(server, trial))
      .map(({ server, trial }) => ({ server: trial.server, why: server.silent ?? 'no reason given' })),
  };
}

function onlyKillers(wrong: readonly Tried[], checkIds: readonly string[]): Map<string, string[]> {
  const single = wrong.map(({ trial }) => ({ name: trial.server, ids: killers(trial) }));
  const pairs = checkIds.map((id): [string, string[]] => [
    id,
    single.filter(({ ids }) => ids.length === 1 && ids[0] === id).map(({ name }) => name),
  ]);
  return new Map(pairs.filter(([, names]) => names.length > 0));
}
