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
    file: 'servers-ts/tcp-echo.ts',
    before: 'const owes = (): boolean => false;',
    operators: ['constant'],
    because: 'equivalent',
    why: 'it is asked of connections that are not ending yet, after the drain has begun; draining ends every connection of tcp-echo',
  },
  {
    file: 'servers-ts/net/log.ts',
    before: 'const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;',
    operators: ['logical', 'constant'],
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
    file: 'servers-ts/net/deadlines.ts',
    before: 'deadline.next = after;',
    operators: ['statement'],
    because: 'unobservable',
    why: 'a deadline goes before others only if the clock of a frame was paused while it ran, and all that can do that is the headers of DELAYs that fall due within 8 KiB of the bound; a unit test has the order',
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
  {
    file: 'servers-c/net/connection/ending.c',
    before:
      'if (connection->ended || set->options->linger_ms == 0 || connection->discarded > LINGER_BYTES) {',
    after: 'if (connection->ended || set->options->linger_ms == 0 && connection->discarded > LINGER_BYTES) {',
    operators: ['logical'],
    because: 'unobservable',
    why: 'with 0 ms a timer of 0 ms closes in the next turn; above 16 MiB the next read closes',
  },
  {
    file: 'servers-c/net/datagram.c',
    before: 'if (count < 0) {',
    after: 'if (count <= 0) {',
    operators: ['relational'],
    because: 'equivalent',
    why: 'recvmmsg() returns at least 1, or -1',
  },
  {
    file: 'servers-c/wire/buffer.c',
    before: 'buffer->capacity = capacity;',
    operators: ['statement'],
    because: 'tuning',
    why: 'the buffer grows at each append, and holds the same: realloc() is asked more often',
  },
  {
    file: 'servers-c/wire/buffer.c',
    before: 'if (length > cap || buffer->length > cap - length) {',
    operators: ['logical'],
    because: 'unobservable',
    why: 'the only caller appends the parts of one frame, whose length was compared with the cap before; a unit test has it',
  },
  {
    file: 'servers-c/wire/cursor.c',
    before: 'if (cursor_left(cursor) < 1) {',
    operators: ['relational'],
    because: 'unobservable',
    why: 'a single byte is read in the middle of a header whose eight bytes are there; unit tests read the last one',
  },
  {
    file: 'servers-c/wire/delays.c',
    before: 'return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->sequence < b->sequence;',
    after: 'return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->sequence <= b->sequence;',
    operators: ['relational'],
    because: 'equivalent',
    why: 'no two entries have the same sequence number',
  },
  {
    file: 'servers-c/net/options.c',
    before: 'snprintf(expected, sizeof expected, "error, info or debug");',
    operators: ['statement'],
    because: 'unobservable',
    why: 'the words of a refusal are for people, and no rule fixes them; the unit tests of the options do',
  },
  {
    file: 'servers-c/wire/frame.c',
    before: 'return code < sizeof code_names / sizeof *code_names ? code_names[code] : "UNKNOWN";',
    operators: ['arithmetic'],
    because: 'equivalent',
    why: 'it is asked for the seven codes that there are',
  },
  {
    file: 'servers-c/tcp-echo.c',
    before: 'return false;',
    operators: ['constant'],
    because: 'equivalent',
    why: 'as in tcp-echo.ts: it is asked of connections that are not ending yet, and draining ends every connection of tcp-echo',
  },
  {
    file: 'servers-c/net/connection/output.c',
    before: 'return connection->pending.length + (set->writer == connection ? set->gather.length : 0);',
    operators: ['arithmetic'],
    because: 'unobservable',
    why: 'what is gathered is flushed before anybody asks, but for the bound of GENERATE: that stops a frame too early and goes on in the next turn',
  },
  {
    file: 'servers-c/net/log.c',
    before: 'pthread_mutex_lock(&sink.lock);',
    operators: ['statement'],
    because: 'unobservable',
    why: 'two workers would have to log in the same microsecond; the thread sanitizer sees it, a check does not',
  },
  {
    file: 'servers-c/framed/flow.c',
    before: 'return timer->due_ns > now_ns ? timer->due_ns - now_ns : 1;',
    after: 'return timer->due_ns > now_ns ? timer->due_ns - now_ns : 2;',
    operators: ['constant'],
    because: 'tuning',
    why: 'a nanosecond',
  },
  {
    file: 'servers-c/net/listener.c',
    before: 'return -1;',
    operators: ['constant'],
    because: 'unobservable',
    why: 'that the kernel refuses these options, or has no socket to give, cannot be arranged from outside',
  },
  {
    file: 'servers-c/framed/requests.c',
    before: 'break;',
    operators: ['statement'],
    because: 'equivalent',
    why: 'a begin, as the event of the parser, carries no bytes: falling through stores none',
  },
  {
    file: 'servers-ts/net/handle.ts',
    before: 'export const NO_DESCRIPTOR = -1;',
    operators: ['constant'],
    because: 'equivalent',
    why: 'a name for a number that is no descriptor; any other such number does',
  },
  {
    file: 'servers-ts/wire/cursor.ts',
    before: 'if (left(cursor) < 2) return undefined;',
    operators: ['condition', 'relational', 'constant', 'statement'],
    because: 'unobservable',
    why: 'no server in TypeScript reads numbers through a cursor (frame.ts has a faster way); its unit tests and the mirror do',
  },
  {
    file: 'servers-ts/tcp-echo.ts',
    before: 'if (connection.pending(peer) > maxPendingBytes) connection.pause(peer);',
    after: 'if (connection.pending(peer) >= maxPendingBytes) connection.pause(peer);',
    operators: ['relational'],
    because: 'tuning',
    why: 'one byte of a bound that is looked at after each read; what waits is never exactly that much on purpose',
  },
  {
    file: 'servers-ts/framed/answer.ts',
    before: 'const length = frame.encodeNumber(scratch, 0, frame.TYPE_GOAWAY, 0, requests >>> 0);',
    operators: ['bit'],
    because: 'unobservable',
    why: 'the number of requests modulo 2^32: below 2^31 requests on one connection it is the same',
  },
  {
    file: 'servers-ts/net/connection/interest.ts',
    before: 'connection.yields = true;',
    operators: ['constant'],
    because: 'tuning',
    why: 'turns are shared in other portions; no rule counts turns',
  },
  {
    file: 'servers-ts/wire/cursor.ts',
    before: 'if (left(cursor) < 4) return false;',
    operators: ['relational'],
    because: 'unobservable',
    why: 'no server in TypeScript writes numbers through a cursor; its unit tests and the mirror do',
  },
  {
    file: 'servers-ts/wire/cursor.ts',
    before: 'return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);',
    operators: ['arithmetic'],
    because: 'unobservable',
    why: 'as the other reads of this file: no server in TypeScript uses them; its unit tests do',
  },
  {
    file: 'servers-ts/net/gather.ts',
    before: 'return gather.count < GATHER_SLICES && gather.reserved + length <= GATHER_REPLY_BYTES;',
    operators: ['statement'],
    because: 'tuning',
    why: 'what was gathered leaves before each new piece: the same bytes with more calls',
  },
  {
    file: 'servers-ts/net/gather.ts',
    before: 'if (last >= 0 && gather.ends[last] === start && gather.bytes[last] === bytes) {',
    after: 'if (last > 0 && gather.ends[last] === start && gather.bytes[last] === bytes) {',
    operators: ['relational'],
    because: 'tuning',
    why: 'the first two slices stay two: the same bytes',
  },
  {
    file: 'servers-ts/net/gather.ts',
    before: 'for (let i = 0; i < gather.count; i++) gather.bytes[i] = gather.replies;',
    operators: ['condition'],
    because: 'tuning',
    why: 'buffers that were sent are let go when others take their places: as many stay as there are slices, once for a worker',
  },
  {
    file: 'servers-ts/net/handle.ts',
    before: 'handle.fd >= 0 &&',
    after: 'handle.fd > 0 &&',
    operators: ['relational'],
    because: 'equivalent',
    why: 'descriptor 0 is stdin: Node opens it at its start where it was closed, so no socket has it',
  },
  {
    file: 'servers-ts/net/connection/ending.ts',
    before: 'if (connection.discardedBytes <= LINGER_BYTES) return;',
    after: 'if (connection.discardedBytes < LINGER_BYTES) return;',
    operators: ['relational'],
    because: 'tuning',
    why: 'one byte of 16 MiB: discarding is counted a read at a time, and the kernel buffers more than that',
  },
  {
    file: 'servers-ts/framed/delayed.ts',
    before:
      'for (let due = delays.first(held); due !== undefined && due.dueMs <= nowMs; due = delays.first(held)) {',
    after:
      'for (let due = delays.first(held); due !== undefined && due.dueMs < nowMs; due = delays.first(held)) {',
    operators: ['relational'],
    because: 'unobservable',
    why: 'a DELAY that is due at exactly this fraction of a millisecond is answered at the next look, a timer of the least time away',
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
