/**
 * Servers with a fault in UDP.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { entries, type FaultyServer } from '../entry.ts';

/** Of clients whose reply never comes: over UDP nothing tells them so. */
const NO_REPLY = { silent: 'a datagram that is not answered leaves no trace with its sender' };
const NO_EXIT = { silent: 'nothing tells that a process will not exit' };

export const datagrams: readonly FaultyServer[] = [
  ...entries('c', 'udp-echo', [
    [
      'udp-replies-from-new-socket',
      'udp.echo udp.empty udp.max udp.boundaries udp.binary udp.many-clients udp.unconnected udp.connected-client udp.ipv6 udp.dual-stack udp.fds udp.drain udp.counts udp.failed-counts',
    ],
    ['udp-empty-is-eof', 'udp.empty'],
    ['udp-empty-skipped', 'udp.empty'],
    ['udp-1500-bytes', 'udp.max'],
    ['udp-stops-at-nul', 'udp.binary', 'udp.failed-counts'],
    [
      'udp-first-peer',
      'udp.many-clients udp.unconnected udp.dual-stack udp.unreachable udp.send-error udp.source-port-0 udp.no-loop udp.burst udp.drain udp.failed-counts bind.dual-stack obs.closed-stdio obs.blocked-stderr res.exit-leak',
      'res.ulimit-stack bind.workers',
    ],
    [
      'udp-connects',
      'udp.unconnected udp.dual-stack udp.unreachable udp.send-error udp.source-port-0 udp.no-loop udp.burst udp.drain bind.dual-stack obs.closed-stdio obs.blocked-stderr res.exit-leak',
      'res.ulimit-stack bind.workers',
    ],
    ['udp-receive-error-exits', 'udp.unreachable'],
    ['udp-sender-without-ipv6', 'udp.ipv6 udp.dual-stack bind.dual-stack', '', NO_REPLY],
    ['udp-ipv6-only', 'udp.dual-stack bind.dual-stack', '', NO_REPLY],
    ['udp-any-is-loopback', 'udp.multihomed', '', NO_REPLY],
    ['udp-send-error-exits', 'udp.send-error udp.failed-counts'],
    ['udp-answers-itself', 'udp.no-loop udp.failed-counts'],
    ['udp-ring-overflows', 'udp.burst'],
    ['udp-leaks-descriptors', 'udp.fds'],
    [
      'udp-signal-after-datagram',
      'udp.term udp.counts udp.failed-counts stop.term-idle stop.sigint stop.port-free stop.startup',
      'bind.workers',
      NO_EXIT,
    ],
    ['udp-exits-in-handler', 'udp.drain udp.counts udp.failed-counts'],
    ['udp-tells-no-counts', 'udp.counts udp.failed-counts'],
    ['udp-refusals-uncounted', 'udp.failed-counts'],
  ]),
  ...entries('ts', 'udp-echo', [
    ['correct-udp-echo', ''],
    [
      'udp-merges',
      'udp.boundaries udp.many-clients udp.burst',
      'udp.send-error udp.source-port-0 udp.no-loop udp.fds udp.drain udp.failed-counts',
    ],
    ['udp-text', 'udp.binary'],
    [
      'udp-answers-last-sender',
      'udp.many-clients',
      'udp.send-error udp.source-port-0 udp.no-loop udp.failed-counts',
      { silent: 'by chance the last sender is one that has all of its replies and looks no more' },
    ],
    ['udp-throws-at-port-0', 'udp.source-port-0 udp.failed-counts'],
    ['udp-send-error-throws', 'udp.send-error udp.failed-counts'],
  ]),
];
