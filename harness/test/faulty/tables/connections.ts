/**
 * Servers with a fault in how they treat a TCP connection: its life, its stream, its backpressure, its limits.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { entries, type FaultyServer } from '../entry.ts';

export const connections: readonly FaultyServer[] = [
  ...entries('c', 'tcp-echo', [
    ['strips-newline', 'tcp.echo-basic'],
    [
      'one-shot',
      'tcp.keep-open',
      'tcp.half-close-pending tcp.serial-hol stream.dribble stream.binary stream.interleave bp.slow-reader bp.resume res.emfile-no-spin abuse.idle-timeout abuse.max-conns stop.idle-conns',
    ],
    ['forgets-pending-at-eof', 'tcp.half-close-pending'],
    [
      'keeps-open-after-eof',
      'tcp.fin-after-eof tcp.half-close tcp.half-close-pending res.emfile-no-spin abuse.max-conns',
    ],
    ['accept-one-edge-triggered', 'tcp.accept-all-pending', 'stream.interleave res.emfile-no-spin'],
    [
      'one-client-at-a-time',
      'tcp.serial-hol tcp.accept-all-pending stream.interleave bp.slow-reader res.emfile-no-spin abuse.max-conns stop.idle-conns',
    ],
    ['drops-short-reads', 'stream.dribble'],
    ['stops-at-nul', 'stream.binary'],
    ['never-resumes', 'bp.resume'],
    ['ignores-pending', 'bp.slow-reader'],
    ['no-idle-timeout', 'abuse.idle-timeout'],
    ['connections-never-uncounted', 'abuse.max-conns'],
  ]),
  ...entries('ts', 'tcp-echo', [
    ['upper-cases', 'tcp.echo-basic stream.binary'],
    [
      'never-ends',
      'tcp.fin-after-eof tcp.half-close tcp.half-close-pending res.emfile-no-spin abuse.max-conns',
    ],
    ['closes-with-peer', 'tcp.half-close', 'tcp.half-close-pending'],
    ['destroys-on-end', 'tcp.half-close-pending bp.slow-reader'],
    ['no-error-listener', 'tcp.rst-survive'],
    ['utf8-round-trip', 'stream.binary'],
  ]),
];
