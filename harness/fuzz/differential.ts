/**
 * Feeds the same cases to both codecs and holds their outcomes against each other and against the document.
 *
 * It stops at the first case on which not all three agree, and gives back the smallest such case that it found.
 */
import fc from 'fast-check';
import { anyCase } from './cases.ts';
import type { CodecProcess } from './codec-process.ts';
import { expectedOutcome } from './expected.ts';

/** A case on which somebody is wrong. */
export interface Disagreement {
  bytes: Buffer;
  /** By name, the document first. */
  outcomes: ReadonlyMap<string, string>;
}

export interface Search {
  seed: number;
  /** Until so many cases are done. */
  cases: number;
  /** Or so much time has passed. */
  timeMs?: number;
  /** Give back the first disagreement as it is, not the smallest like it. */
  first?: boolean;
}

export interface Found {
  cases: number;
  disagreement?: Disagreement;
  /** Where fast-check found it: `SEED` and this replay it. */
  path?: string;
}

export const DOCUMENT = 'document';

/** The outcomes of one case; `undefined` where all agree. */
export async function disagreementOn(
  bytes: Buffer,
  codecs: readonly CodecProcess[],
): Promise<Disagreement | undefined> {
  const expected = expectedOutcome(bytes);
  const found = await Promise.all(codecs.map((codec) => codec.outcomeOf(bytes)));
  if (found.every((outcome) => outcome === expected)) return undefined;
  const named = codecs.map(({ name }, i): [string, string] => [name, found[i] ?? '']);
  return { bytes, outcomes: new Map([[DOCUMENT, expected], ...named]) };
}

/** Makes cases until one is found, or the bounds of the search are reached. */
export async function search(
  codecs: readonly CodecProcess[],
  { seed, cases, timeMs, first = false }: Search,
): Promise<Found> {
  const agrees = async (bytes: Buffer) => (await disagreementOn(bytes, codecs)) === undefined;
  const limits = timeMs === undefined ? {} : { interruptAfterTimeLimit: timeMs };
  const run = await fc.check(fc.asyncProperty(anyCase, agrees), {
    seed,
    numRuns: cases,
    endOnFailure: first,
    ...limits,
  });
  const bytes = run.counterexample?.[0];
  if (bytes === undefined) return { cases: run.numRuns };
  const disagreement = await disagreementOn(bytes, codecs);
  return {
    cases: run.numRuns,
    ...(disagreement && { disagreement }),
    ...(run.counterexamplePath && { path: run.counterexamplePath }),
  };
}
