/**
 * Servers with a fault in the framed protocol.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { EVERYTHING_ELSE, entries, type FaultyServer } from '../entry.ts';

export const frames: readonly FaultyServer[] = [
  ...entries('c', 'framed', [
    ['heap-overflow', 'frame.max obs.no-sanitizer'],
    [
      'first-frame-only',
      'stream.coalesce stream.split-every-byte stream.order',
      'stream.dribble bp.slow-reader bp.resume',
    ],
    ['shared-buffer', 'stream.interleave', 'bp.slow-reader bp.resume stop.term-inflight stop.second'],
    ['empty-frame-skipped', 'frame.zero'],
    ['empty-frame-is-eof', 'frame.zero'],
    ['limit-off-by-one', 'frame.max'],
    ['length-16-bit', 'frame.max frame.oversize frame.length-sign tcp.half-close-pending'],
    ['no-frame-limit', 'frame.oversize frame.length-sign'],
    ['oversize-exits', 'frame.oversize frame.length-sign'],
    ['length-signed', 'frame.length-sign'],
    ['length-little-endian', 'frame.endian', EVERYTHING_ELSE],
    ['echoes-truncated', 'frame.truncated-eof'],
    [
      'header-in-one-read',
      'frame.header-split stream.split-every-byte stream.dribble stream.interleave',
      '',
      {
        endsByChance:
          'the server gives up while the next byte of the header is on its way: unread, it makes a RST of its FIN',
      },
    ],
  ]),
  ...entries('ts', 'framed', [
    [
      'one-read-one-frame',
      'frame.header-split frame.oversize frame.length-sign stream.coalesce stream.split-every-byte stream.order',
      'frame.max frame.truncated-eof tcp.half-close-pending stream.dribble stream.interleave bp.slow-reader bp.resume stop.term-inflight stop.second',
    ],
    ['replies-out-of-order', 'stream.order'],
    ['ignores-write-result', 'bp.slow-reader'],
    ['idle-too-early', 'abuse.idle-timeout'],
  ]),
];
