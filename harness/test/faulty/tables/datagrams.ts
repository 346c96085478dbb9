/**
 * Servers with a fault in UDP.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { entries, type FaultyServer } from '../entry.ts';

export const datagrams: readonly FaultyServer[] = [
  ...entries('c', 'udp-echo', [
    [
      'udp-replies-from-new-socket',
      'udp.echo udp.empty udp.max udp.boundaries udp.binary udp.many-clients udp.unconnected',
    ],
    ['udp-empty-is-eof', 'udp.empty'],
    ['udp-empty-skipped', 'udp.empty'],
    ['udp-1500-bytes', 'udp.max'],
    ['udp-stops-at-nul', 'udp.binary'],
    ['udp-first-peer', 'udp.many-clients udp.unconnected udp.unreachable'],
    ['udp-connects', 'udp.unconnected udp.unreachable'],
    ['udp-receive-error-exits', 'udp.unreachable'],
  ]),
  ...entries('ts', 'udp-echo', [['udp-merges', 'udp.boundaries udp.many-clients']]),
];
