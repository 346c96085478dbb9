/**
 * Tries many servers, several beside each other, and judges each. With a log, what an earlier run of the same revision and seed has
 * found is taken from there.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { AppendLog } from '../../append-log.ts';
import { inParallel } from '../../in-parallel.ts';
import { ROOT } from '../../servers.ts';
import { type FaultyServer, idOf } from './entry.ts';
import { judge } from './judgement.ts';
import { keptMessage } from './message.ts';
import type { Tried } from './score.ts';
import type { Selection } from './selection.ts';
import { type Trial, trialSchema, tryServer } from './trial.ts';

/** Most of a wrong server's time is spent waiting for what never comes: so many keep two CPUs busy. */
const SERVERS_AT_ONCE = 6;
const LOG = join(ROOT, 'results', 'mutants.jsonl');

const logEntry = trialSchema.extend({ revision: z.string(), seed: z.int() });
type Log = AppendLog<z.infer<typeof logEntry>>;

export interface TrialSettings {
  revision: string;
  seed: number;
  selection: Selection;
  /** Whether the first messages are compared with the kept ones. */
  comparesWords: boolean;
  log?: Log;
}

/** The log of full runs. @throws Refusal when it cannot be read */
export function openLog(fresh: boolean): Log {
  return new AppendLog(LOG, logEntry, { fresh });
}

/** Tries the servers and hands over each as soon as it was judged, those of an earlier run first. */
export async function tryServers(
  servers: readonly FaultyServer[],
  settings: TrialSettings,
  onTried: (tried: Tried) => void,
): Promise<void> {
  const { seed, selection, log } = settings;
  const waiting = servers.filter((server) => {
    const trial = earlierTrial(server, settings);
    if (trial) onTried(judged(server, trial, settings));
    return !trial;
  });
  await inParallel(waiting, SERVERS_AT_ONCE, async (server) => {
    const trial = await tryServer(server, selection(server, seed), seed);
    log?.append({ ...trial, revision: settings.revision, seed });
    onTried(judged(server, trial, settings));
  });
}

/** What an earlier run of the same sources found, unless the harness itself went wrong in it. */
export function earlierTrial(
  server: FaultyServer,
  { revision, seed, log }: TrialSettings,
): Trial | undefined {
  return log?.entries.findLast(
    (entry) =>
      entry.server === idOf(server) &&
      entry.revision === revision &&
      entry.seed === seed &&
      entry.trouble === undefined,
  );
}

function judged(server: FaultyServer, trial: Trial, { comparesWords }: TrialSettings): Tried {
  const kept = comparesWords ? (keptMessage(server) ?? '') : undefined;
  return { server, trial, judgement: judge(server, trial, kept) };
}
