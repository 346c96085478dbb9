/**
 * Mutants that survive, and why that is right: the argument of a person, who has looked. The score counts them apart.
 *
 * `equivalent`: the program does the same. `tuning`: a budget or a size changes, and no rule speaks of it. `unobservable`: it does
 * something else, but nobody outside of the process can tell. A line that no longer stands in its file is an error
 * (harness/test/mutate.test.ts).
 */
import type { MutantEntry } from './run.ts';

export interface Argument {
  file: string;
  /** The line before the change, as `make mutate` prints it. */
  before: string;
  /** The line after it; left out: every mutant of this line by one of the `operators`. */
  after?: string;
  operators: readonly MutantEntry['operator'][];
  because: 'equivalent' | 'tuning' | 'unobservable';
  why: string;
}

export const ARGUED: readonly Argument[] = [];

/** The argument for a survivor; undefined when there is none. */
export function argumentFor(
  entry: Pick<MutantEntry, 'file' | 'before' | 'after' | 'operator'>,
  argued: readonly Argument[] = ARGUED,
): Argument | undefined {
  return argued.find(
    ({ file, before, after, operators }) =>
      file === entry.file &&
      before === entry.before &&
      operators.includes(entry.operator) &&
      (after === undefined || after === entry.after),
  );
}
