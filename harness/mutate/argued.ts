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
    file: 'servers-ts/wire/cursor.ts',
    before: 'return ((u16At(bytes, offset) << 16) | u16At(bytes, offset + 2)) >>> 0;',
    operators: ['arithmetic', 'bit', 'constant', 'statement'],
    because: 'unobservable',
    why: 'no server in TypeScript reads numbers through a cursor (frame.ts has a faster way); its unit tests and the mirror do',
  },
  {
    file: 'servers-c/net/log.c',
    before: "for (; *text != '\\0' && length + 6 < size; text++) { /* 4 for \\xNN, the quote, the end */",
    after: "for (; *text != '\\0' && length + 7 < size; text++) { /* 4 for \\xNN, the quote, the end */",
    operators: ['constant'],
    because: 'unobservable',
    why: 'a value is cut one byte sooner if it is nearly as long as a line may be, and none of those that are logged is',
  },
  {
    file: 'servers-c/framed/session.c',
    before: 'return connection_pending(session->connection) + session->replies.bytes +',
    after: 'return connection_pending(session->connection) - session->replies.bytes +',
    operators: ['arithmetic'],
    because: 'unobservable',
    why: 'the difference of two sizes wraps, and reading stops too early; where it does not, one read more than the bound waits',
  },
  {
    file: 'servers-c/wire/replies.c',
    before: 'for (size_t i = 0; i < sizeof pattern; i++) {',
    after: 'for (size_t i = 1; i < sizeof pattern; i++) {',
    operators: ['constant'],
    because: 'equivalent',
    why: 'byte 0 of the pattern is 0, and static memory is that already',
  },
  {
    file: 'servers-ts/net/connection/input.ts',
    before: 'if (full) interest.yieldTurn(connection);',
    operators: ['condition'],
    because: 'tuning',
    why: 'turns are shared in other portions: Node itself reads at most 32 times in a row; no rule counts turns',
  },
  {
    file: 'servers-ts/net/connection/ending.ts',
    before: 'export const LINGER_BYTES = 16777216;',
    operators: ['constant'],
    because: 'tuning',
    why: 'one byte of 16 MiB: discarding is counted a read at a time, and the kernel buffers more than that',
  },
  {
    file: 'servers-ts/net/log.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the line as it stands in its file
    before: "quoted += plain ? String.fromCharCode(byte) : `\\\\x${byte.toString(16).padStart(2, '0')}`;",
    operators: ['condition'],
    because: 'unobservable',
    why: 'as the line above it: nothing that needs quotes comes from outside; a unit test has it',
  },
  {
    file: 'servers-c/net/segments.c',
    before: 'return;',
    operators: ['statement'],
    because: 'equivalent',
    why: 'the size at which the kernel cuts is written once more, and is the same for all of a run',
  },
  {
    file: 'servers-ts/net/deadlines.ts',
    before: 'private timerDueMs = 0;',
    operators: ['constant'],
    because: 'equivalent',
    why: 'it is read only while there is a timer, and was written with it',
  },
  {
    file: 'servers-ts/wire/frame.ts',
    before: 'return { length: 0, type: 0, flags: 0, id: 0, code: 0 };',
    operators: ['constant'],
    because: 'equivalent',
    why: 'decode() writes every member before anybody reads it',
  },
  {
    file: 'servers-c/framed/requests.c',
    before: 'time_frame(session, false);',
    after: 'time_frame(session, true);',
    operators: ['constant'],
    because: 'equivalent',
    why: 'the input is over: the timer is stopped whatever the second argument says',
  },
  {
    file: 'servers-c/net/segments.c',
    before: 'segments->one_by_one = false;',
    after: 'segments->one_by_one = true;',
    operators: ['constant'],
    because: 'tuning',
    why: 'each reply of a run leaves with a call of its own, as it does after a refused run',
  },
  {
    file: 'servers-c/net/connection/ending.c',
    before:
      'if (connection->ended || set->options->linger_ms == 0 || connection->discarded > LINGER_BYTES) {',
    after: 'if (connection->ended && set->options->linger_ms == 0 || connection->discarded > LINGER_BYTES) {',
    operators: ['logical'],
    because: 'unobservable',
    why: 'with both FINs there the kernel reports a hang-up, which closes it in the next turn; only the reason that debug logs is another',
  },
  {
    file: 'servers-ts/net/connections.ts',
    before: 'if (!connection.isEnding(member) && set.handlers.owes(member)) return true;',
    operators: ['logical'],
    because: 'equivalent',
    why: 'it is asked after the drain has begun: whoever owes nothing is ending by then, and has no reply left',
  },
  {
    file: 'servers-ts/net/connection/ending.ts',
    before: "connection.phase = 'closed';",
    operators: ['statement'],
    because: 'unobservable',
    why: 'after destroy() Node calls nothing but close, which writes the phase; what is written until then is dropped',
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
