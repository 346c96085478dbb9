/**
 * One pass: every chosen check once against one server. What is kept of it, and which passes a run is made of.
 *
 * Every second pass of a server runs beside a busy core. A pass is the same in every run that asks for it: its seed follows from the
 * seed of the run, the server and its number.
 */
import { z } from 'zod';
import { deriveSeed } from '../checks/random.ts';
import type { ServerSpec } from '../servers.ts';

/** What became of one check. `text` is the whole failure as `make check` prints it. */
const outcome = z.object({
  verdict: z.enum(['pass', 'fail', 'not judged']),
  durationMs: z.number(),
  why: z.string().optional(),
  text: z.string().optional(),
});

/** One line of the results file. */
export const passEntry = z.object({
  revision: z.string(),
  at: z.iso.datetime(),
  server: z.string(),
  tier: z.enum(['quick', 'full']),
  /** 1 is the first. */
  pass: z.int().positive(),
  seed: z.int(),
  /** Beside a busy core. */
  loaded: z.boolean(),
  durationMs: z.number(),
  outcomes: z.record(z.string(), outcome),
  /** The harness itself went wrong: what it said. The outcomes are then incomplete. */
  trouble: z.string().optional(),
});

export type PassEntry = z.infer<typeof passEntry>;
export type Outcome = z.infer<typeof outcome>;

/** A pass that is still to be run. */
export interface PlannedPass {
  spec: ServerSpec;
  checkIds: readonly string[];
  pass: number;
  seed: number;
  loaded: boolean;
}

export interface FlakePlan {
  revision: string;
  tier: 'quick' | 'full';
  servers: readonly { spec: ServerSpec; checkIds: readonly string[] }[];
  /** Passes of each server. */
  passes: number;
  seed: number;
}

function seedOf(plan: FlakePlan, server: string, pass: number): number {
  return deriveSeed(plan.seed, `${server} pass ${pass}`);
}

/** Those entries that a run of this plan would have made: same sources, tier, server, checks, pass and seed. */
export function entriesOf(plan: FlakePlan, entries: readonly PassEntry[]): PassEntry[] {
  return entries.filter(
    (entry) =>
      entry.revision === plan.revision &&
      entry.tier === plan.tier &&
      entry.pass <= plan.passes &&
      entry.seed === seedOf(plan, entry.server, entry.pass) &&
      plan.servers.some((server) => belongs(entry, server)),
  );
}

function belongs(entry: PassEntry, { spec, checkIds }: FlakePlan['servers'][number]): boolean {
  if (entry.server !== spec.name) return false;
  const judged = Object.keys(entry.outcomes);
  if (entry.trouble !== undefined) return judged.every((id) => checkIds.includes(id));
  return judged.length === checkIds.length && checkIds.every((id) => id in entry.outcomes);
}

/** What is left to do, the servers in turn: whenever a run ends, all of them have been tried about equally often. */
export function missingPasses(plan: FlakePlan, done: readonly PassEntry[]): PlannedPass[] {
  const numbers = Array.from({ length: plan.passes }, (_, index) => index + 1);
  return numbers.flatMap((pass) =>
    plan.servers
      .filter(({ spec }) => !done.some((entry) => entry.server === spec.name && entry.pass === pass))
      .map(({ spec, checkIds }) => ({
        spec,
        checkIds,
        pass,
        seed: seedOf(plan, spec.name, pass),
        loaded: pass % 2 === 0,
      })),
  );
}

/**
 * The next passes that may run beside each other: at most `width`, all of them loaded or none, because what loads one loads all.
 */
export function nextBatch(waiting: readonly PlannedPass[], width: number): PlannedPass[] {
  return waiting.filter(({ loaded }) => loaded === waiting[0]?.loaded).slice(0, width);
}
