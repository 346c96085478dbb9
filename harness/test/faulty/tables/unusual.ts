/**
 * Unusual but correct servers: every check must pass on them.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { entries, type FaultyServer } from '../entry.ts';

export const unusual: readonly FaultyServer[] = [
  ...entries('c', 'tcp-echo', [
    ['correct-tcp-echo', ''],
    ['refuses-with-rst', ''],
  ]),
  ...entries('c', 'framed', [
    ['correct-framed', ''],
    ['one-byte-writes', ''],
    ['seven-byte-reads', ''],
  ]),
  ...entries('c', 'udp-echo', [['correct-udp-echo', '']]),
  ...entries('ts', 'tcp-echo', [
    ['correct-tcp-echo', ''],
    ['asynchronous-replies', ''],
    ['chatty-stderr', ''],
  ]),
  ...entries('ts', 'framed', [['correct-framed', '']]),
];
