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

export const ARGUED: readonly Argument[] = [
  {
    file: 'servers-ts/net/worker.ts',
    before: "return address !== null && typeof address === 'object' ? address.port : 0;",
    operators: ['logical'],
    because: 'equivalent',
    why: 'a server that listens on TCP has an address, and it is an object: the other cases are there for the type checker',
  },
  {
    file: 'servers-ts/tcp-echo.ts',
    before: 'const owes = (): boolean => false;',
    operators: ['constant'],
    because: 'equivalent',
    why: 'it is asked of connections that are not ending yet, after the drain has begun; draining ends every connection of tcp-echo',
  },
  {
    file: 'servers-ts/net/log.ts',
    before: 'const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;',
    operators: ['logical'],
    because: 'unobservable',
    why: 'nothing from outside is logged but hex digits, numbers and checked addresses; escaping is a second line of defence, and has a unit test',
  },
  {
    file: 'servers-ts/net/connection/interest.ts',
    before: "if (connection.yields || connection.phase === 'closed') return;",
    operators: ['statement'],
    because: 'equivalent',
    why: 'who yields does not read, and so cannot yield again; whether the connection was closed, takeTurn asks once more',
  },
  {
    file: 'servers-ts/wire/cursor.ts',
    before: 'return ((u16At(bytes, offset) << 16) | u16At(bytes, offset + 2)) >>> 0;',
    operators: ['arithmetic', 'bit', 'constant', 'statement'],
    because: 'unobservable',
    why: 'no server in TypeScript reads numbers through a cursor (frame.ts has a faster way); its unit tests and the mirror do',
  },
];

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
