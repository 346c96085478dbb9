/**
 * Which checks and which servers a command was asked for. A choice that cannot be met is one line and an exit code.
 */
import { arenaMode } from '../arena.ts';
import { catalogue } from '../checks/catalogue.ts';
import type { Check, Level } from '../checks/check.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { missingBuild, referenceServers, type ServerSpec, type Suite, type Track } from '../servers.ts';
import { serverFromCommand } from './arguments.ts';

export interface Chosen {
  spec: ServerSpec;
  checks: Check[];
}

/** Ids, the part before the point for all that begin with it (`tcp`), or a topic; and only those of a level. */
export function chooseChecks(ids: string[] | undefined, level?: Level): readonly Check[] {
  const unknown = ids?.find((id) => !catalogue.some((check) => isMeant(check, id)));
  if (unknown !== undefined) throw new Refusal(`there is no check ${unknown}: \`make list\` shows all`);
  const named = ids ? catalogue.filter((check) => ids.some((id) => isMeant(check, id))) : catalogue;
  const chosen = named.filter((check) => level === undefined || check.level === level);
  if (chosen.length === 0) throw new Refusal(`none of the chosen checks is of level ${level}`);
  return chosen;
}

/** Whether `word` is the check's id, the first part of it, or its topic. */
export function isMeant({ id, topic }: Check, word: string): boolean {
  return id === word || id.startsWith(`${word}.`) || topic === word;
}

/** The options that name servers. */
export interface ServerChoice {
  server?: Suite;
  track?: Track;
  cmd?: string;
  tier: 'quick' | 'full';
}

/** Every server with the checks that apply to it; servers to which none applies are left out. */
export function chooseServers(
  { server, track, cmd, tier }: ServerChoice,
  checks: readonly Check[],
): Chosen[] {
  if (cmd !== undefined && !server) throw new Refusal('--cmd needs --server: say which protocol it speaks');
  const specs =
    cmd !== undefined && server
      ? [serverFromCommand(server, cmd)]
      : referenceServers(server ? [server] : undefined, track ? [track] : undefined);
  const chosen = specs.map((spec) => ({ spec, checks: applicable(checks, spec, tier) }));
  const some = chosen.filter((one) => one.checks.length > 0);
  if (some.length === 0)
    throw new Refusal(`no chosen check applies to ${server}: \`make list S=${server}\` shows those that do`);
  const missing = some.map(({ spec }) => missingBuild(spec)).find((sentence) => sentence !== undefined);
  if (missing) throw new Refusal(missing, ExitCode.unavailable);
  return some;
}

function applicable(checks: readonly Check[], spec: ServerSpec, tier: 'quick' | 'full'): Check[] {
  return checks.filter(
    (check) => check.suites.includes(spec.protocol) && (tier === 'full' || check.tier !== 'full'),
  );
}

/** @throws {Refusal} for a word in ARENA that nobody knows */
export function refuseBadArenaMode(): void {
  try {
    arenaMode();
  } catch (error) {
    throw new Refusal((error as Error).message);
  }
}
