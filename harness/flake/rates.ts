/**
 * How often each check failed, and how often it may fail at most. Pure.
 */
import type { Outcome, PassEntry } from './pass.ts';

export interface CheckRate {
  id: string;
  /** Runs with a verdict: passed or failed. */
  runs: number;
  failed: number;
  /** Of the failed ones, those beside a busy core. */
  failedLoaded: number;
  notJudged: number;
  /** The true rate of failures is below this with a confidence of 95 %; 1 when there was no run. */
  upperBound: number;
  slowestMs: number;
}

export interface FlakeFailure {
  id: string;
  server: string;
  pass: number;
  seed: number;
  loaded: boolean;
  /** The whole failure, ending with the command that replays it. */
  text: string;
}

const CONFIDENCE = 0.95;
/** Halving [0, 1] this often gives all digits of a double. */
const HALVINGS = 60;

/**
 * The one-sided upper bound of Clopper and Pearson (1934): the largest rate at which `failed` or fewer failures in `runs` would still be
 * seen with probability 1 - confidence. For no failure in n runs that is about 3 / n.
 */
export function upperBound(failed: number, runs: number, confidence = CONFIDENCE): number {
  if (failed >= runs) return 1;
  let [low, high] = [0, 1];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (probabilityOfAtMost(failed, runs, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** P(X <= k) for X binomial in n and rate, summed by logarithms: the factors leave the range of a double. */
function probabilityOfAtMost(k: number, n: number, rate: number): number {
  let logTerm = n * Math.log1p(-rate);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(rate) - Math.log1p(-rate);
    sum += Math.exp(logTerm);
  }
  return sum;
}

/** One line for each check, in the order of `ids`; checks that never ran are left out. */
export function ratesOf(ids: readonly string[], entries: readonly PassEntry[]): CheckRate[] {
  return ids.flatMap((id) => {
    const seen = entries.flatMap(({ outcomes, loaded }) => {
      const outcome = outcomes[id];
      return outcome ? [{ ...outcome, loaded }] : [];
    });
    return seen.length === 0 ? [] : [rateOf(id, seen)];
  });
}

function rateOf(id: string, seen: readonly (Outcome & { loaded: boolean })[]): CheckRate {
  const judged = seen.filter(({ verdict }) => verdict !== 'not judged');
  const failed = judged.filter(({ verdict }) => verdict === 'fail');
  return {
    id,
    runs: judged.length,
    failed: failed.length,
    failedLoaded: failed.filter(({ loaded }) => loaded).length,
    notJudged: seen.length - judged.length,
    upperBound: upperBound(failed.length, judged.length),
    slowestMs: Math.max(0, ...judged.map(({ durationMs }) => durationMs)),
  };
}

/** Every failure, in the order in which they happened. */
export function failuresOf(entries: readonly PassEntry[]): FlakeFailure[] {
  return entries.flatMap(({ outcomes, server, pass, seed, loaded }) =>
    Object.entries(outcomes)
      .filter(([, { verdict }]) => verdict === 'fail')
      .map(([id, { text = '' }]) => ({ id, server, pass, seed, loaded, text })),
  );
}
