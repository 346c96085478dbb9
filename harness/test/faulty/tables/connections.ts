/**
 * Servers with a fault in how they treat a TCP connection: its life, its stream, its backpressure, its limits.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { entries, type FaultyServer } from '../entry.ts';

const NO_BYTES = { silent: 'bytes that never come leave no other trace with the client' };
const NO_CLOSE = { silent: 'nothing tells that a descriptor will never be closed' };

export const connections: readonly FaultyServer[] = [
  ...entries('c', 'tcp-echo', [
    ['strips-newline', 'tcp.echo-basic stream.nul'],
    [
      'one-shot',
      'tcp.keep-open obs.drain-count',
      'bp.larger-message abuse.refusal-log tcp.echo-basic tcp.serial-hol tcp.half-close-pending tcp.no-rst-orderly tcp.linger0 tcp.rst-isolated tcp.storm tcp.nodelay tcp.urgent stream.dribble stream.binary stream.nul stream.no-extra stream.large stream.events-after-close stream.hammer stream.interleave stream.partial-write stream.deadlock bp.slow-reader bp.resume bp.isolated bp.epollout-spin res.emfile-no-spin res.emfile-existing abuse.idle-timeout abuse.idle-reset abuse.idle-output abuse.max-conns abuse.one-hog stop.idle-conns stop.flush tcp.gone-before-reply mem.leak-per-frame res.ulimit-stack bp.full-reads',
    ],
    ['forgets-pending-at-eof', 'tcp.half-close-pending tcp.no-rst-orderly'],
    [
      'keeps-open-after-eof',
      'tcp.fin-after-eof tcp.half-close tcp.half-close-pending tcp.no-rst-orderly tcp.linger0 tcp.connect-close stream.no-extra stream.uninit stream.hammer obs.connection-log obs.drain-count res.fd-leak res.emfile-survive res.zombies abuse.max-conns',
      'res.emfile-no-spin res.fd-leak-errors mem.leak-per-conn abuse.reset-flood',
      NO_CLOSE,
    ],
    [
      'accept-one-edge-triggered',
      'tcp.accept-all-pending tcp.reset-before-accept tcp.accept-overflow stream.events-after-close',
      'tcp.rst-isolated tcp.storm tcp.connect-close stream.interleave stream.hammer res.fd-leak res.emfile-no-spin res.emfile-survive res.emfile-existing res.threads res.zombies bp.many-slow mem.leak-per-conn res.fd-leak-errors res.idle-cpu-conns res.timer-leak abuse.reset-flood bind.workers abuse.one-hog obs.drain-count',
      NO_BYTES,
    ],
    [
      'one-client-at-a-time',
      'tcp.serial-hol tcp.accept-all-pending stream.interleave bp.slow-reader res.emfile-no-spin abuse.max-conns stop.idle-conns bind.workers obs.drain-count',
      'obs.connection-log abuse.refusal-log stop.deadline-idle tcp.rst-isolated tcp.reset-before-accept tcp.accept-overflow tcp.storm tcp.urgent stream.events-after-close stream.hammer bind.dual-stack bp.isolated bp.epollout-spin res.emfile-survive res.emfile-existing res.threads abuse.one-hog bp.many-slow res.fd-leak-errors res.idle-cpu-conns res.ulimit-stack',
      NO_BYTES,
    ],
    ['drops-short-reads', 'stream.dribble stream.nul stream.no-extra stream.uninit', 'abuse.idle-reset'],
    ['stops-at-nul', 'stream.binary stream.nul'],
    ['never-resumes', 'bp.resume bp.full-reads', 'stream.large stream.deadlock bp.epollout-spin', NO_BYTES],
    ['ignores-pending', 'bp.slow-reader bp.rss bp.full-reads', 'bp.many-slow bp.abort-stalled'],
    [
      'no-idle-timeout',
      'tcp.no-rst-orderly abuse.idle-timeout abuse.idle-each',
      'tcp.vanish res.fd-leak-errors',
      NO_CLOSE,
    ],
    ['connections-never-uncounted', 'abuse.max-conns', 'obs.drain-count'],
    [
      'small-backlog',
      'tcp.backlog tcp.accept-all-pending',
      'tcp.reset-before-accept tcp.storm tcp.connect-close stream.events-after-close mem.leak-per-conn abuse.reset-flood res.fd-leak res.fd-leak-errors res.emfile-survive res.emfile-no-spin res.emfile-existing res.idle-cpu-conns res.timer-leak res.zombies res.threads',
    ],
    ['shuts-both-halves', 'tcp.no-rst-orderly'],
    ['sigpipe-ends', 'tcp.gone-before-reply', 'obs.closed-stdio stream.deadlock bp.abort-stalled'],
    ['third-reset', 'stream.hammer', 'tcp.reset-before-accept stream.events-after-close abuse.reset-flood'],
    ['peer-name-exits', 'tcp.reset-before-accept', 'res.fd-leak-errors abuse.reset-flood'],
    ['nagle', 'tcp.nodelay'],
    ['urgent-exits', 'tcp.urgent'],
    ['pending-hard-coded', 'bp.many-slow'],
    ['ends-at-four-mebibytes', 'stream.large', 'stream.deadlock mem.leak-per-frame bp.full-reads', NO_BYTES],
    ['resumes-once', 'stream.deadlock', 'stream.large bp.resume bp.epollout-spin bp.full-reads', NO_BYTES],
    ['crlf-becomes-lf', 'tcp.echo-basic stream.nul', 'stream.binary obs.log-injection'],
    [
      'says-goodbye',
      'tcp.half-close stream.no-extra',
      // Where the buffer of the socket is full, there is no room to be polite.
      'tcp.half-close-pending tcp.echo-basic tcp.no-rst-orderly stream.uninit stream.hammer stop.flush',
    ],
    ['pads-short-replies', 'stream.dribble stream.uninit', 'stream.no-extra'],
    [
      'blocking-sockets',
      'bp.isolated',
      'bp.slow-reader bp.many-slow bp.abort-stalled stop.refuse-new',
      NO_BYTES,
    ],
    ['reset-keeps-descriptor', 'abuse.reset-flood', 'bp.abort-stalled res.fd-leak-errors', NO_CLOSE],
    ['writable-for-ever', 'bp.epollout-spin'],
    ['keeps-every-message', 'mem.leak-per-frame', 'bp.abort-stalled'],
    ['keeps-connection-buffers', 'mem.leak-per-conn', 'abuse.reset-flood'],
    ['stays-with-hog', 'abuse.one-hog', 'stop.refuse-new'],
    ['lingers-without-bound', 'tcp.linger-bytes'],
  ]),
  ...entries('ts', 'tcp-echo', [
    [
      'upper-cases',
      'tcp.echo-basic stream.binary stream.nul stream.uninit obs.log-injection abuse.idle-reset',
    ],
    [
      'never-ends',
      'tcp.fin-after-eof tcp.half-close tcp.half-close-pending tcp.no-rst-orderly tcp.linger0 tcp.connect-close stream.no-extra stream.uninit stream.hammer obs.connection-log obs.drain-count res.fd-leak res.emfile-survive res.zombies abuse.max-conns',
      'res.emfile-no-spin res.fd-leak-errors mem.leak-per-conn abuse.reset-flood',
      NO_CLOSE,
    ],
    [
      'closes-with-peer',
      'tcp.half-close',
      'tcp.half-close-pending tcp.no-rst-orderly stop.flush stream.uninit stream.hammer',
    ],
    [
      'destroys-on-end',
      'tcp.half-close-pending bp.slow-reader',
      'tcp.no-rst-orderly bp.rss bp.many-slow bp.full-reads',
    ],
    [
      'no-error-listener',
      'tcp.rst-survive obs.connection-log',
      'abuse.reset-flood bp.abort-stalled obs.log-injection res.fd-leak-errors stream.events-after-close stream.hammer tcp.reset-before-accept tcp.rst-isolated',
    ],
    ['utf8-round-trip', 'stream.binary', 'stream.nul'],
    ['backlog-ignored', 'tcp.backlog', 'tcp.accept-overflow'],
    ['idle-from-start', 'abuse.idle-reset abuse.idle-output'],
    [
      'idle-last-only',
      'abuse.idle-each',
      'res.fd-leak-errors tcp.vanish res.timer-leak',
      { silent: 'a connection that was forgotten looks like one whose time is not over' },
    ],
    ['turns-ignore-pause', 'bp.full-reads', 'bp.slow-reader bp.rss bp.many-slow'],
    ['keeps-replies', 'mem.leak-per-frame', 'bp.many-slow'],
    ['drain-never-comes', 'bp.resume', '', NO_BYTES],
  ]),
  ...entries('c', 'framed', [
    [
      'resets-on-close',
      'tcp.fin-after-eof tcp.linger0 tcp.no-rst-orderly',
      'frame.length-wrap frame.timeout tcp.half-close tcp.half-close-pending tcp.linger-bytes frame.oversize frame.length-sign frame.bad-flags frame.fatal-order frame.fatal-linger frame.truncated-eof frame.eof-owed frame.goaway frame.goaway-inflight frame.goaway-delays frame.goaway-generate abuse.http-verb abuse.tls-hello abuse.no-amplify stream.no-extra stream.uninit stream.hammer abuse.idle-timeout stop.flush frame.fatal-delays frame.generate-held',
    ],
    [
      'error-closes-others',
      'tcp.rst-isolated',
      'tcp.reset-before-accept stream.events-after-close stream.hammer',
    ],
    [
      'thirty-descriptors',
      'tcp.storm',
      'stream.hammer stream.events-after-close mem.claimed-length mem.leak-per-conn abuse.reset-flood bp.many-slow bp.abort-stalled res.fd-leak res.fd-leak-errors res.idle-cpu-conns res.timer-leak res.threads res.zombies bind.workers',
      {
        variesByChance:
          'a connection that is closed with a request unread ends with RST, one without with FIN',
      },
    ],
    [
      'eintr-exits',
      'tcp.eintr',
      'frame.overloaded-count bp.larger-message tcp.half-close tcp.gone-before-reply tcp.accept-all-pending tcp.reset-before-accept tcp.accept-overflow stream.coalesce stream.order stream.events-after-close frame.delay-overtaken frame.delay-order frame.delay-equal res.ulimit-stack bp.full-reads',
    ],
    ['lingers-for-ever', 'tcp.vanish', '', NO_CLOSE],
    [
      'short-write-forgotten',
      'stream.partial-write',
      'frame.discard frame.pending-behind-read frame.max frame.id frame.order frame.interleaved-writes frame.generate frame.generate-end frame.pending-bound frame.fatal-order frame.eof-owed frame.goaway-generate frame.timeout-paused tcp.half-close-pending tcp.no-rst-orderly bp.resume bp.epollout-spin stream.deadlock mem.zero-frame-flood mem.leak-per-frame frame.delay-in-generate res.ulimit-stack stop.flush frame.generate-held bp.full-reads abuse.idle-reset abuse.idle-output',
      NO_BYTES,
    ],
    [
      'state-by-descriptor',
      'stream.seq-reuse',
      'frame.goaway-inflight frame.timeout frame.timeout-each frame.timeout-paused abuse.slowloris frame.idle-stalled stream.hammer stop.term-inflight stop.second stop.deadline',
      NO_BYTES,
    ],
    [
      'event-after-free',
      'stream.events-after-close obs.no-sanitizer',
      'tcp.reset-before-accept stream.hammer obs.log-injection abuse.reset-flood res.fd-leak-errors',
    ],
    ['reset-leaks-pending', 'bp.abort-stalled'],
    ['allocates-claims', 'mem.claimed-length'],
    ['keeps-empty-frames', 'mem.zero-frame-flood'],
    [
      'silent-never-closed',
      'tcp.connect-close abuse.max-conns abuse.refusal-log frame.refusal',
      'tcp.vanish res.fd-leak-errors res.emfile-survive abuse.reset-flood',
      NO_CLOSE,
    ],
  ]),
  ...entries('ts', 'framed', [
    ['address-assumed', 'tcp.reset-before-accept', 'res.fd-leak-errors abuse.reset-flood'],
    [
      'idle-late',
      'frame.idle-prompt',
      'frame.idle-delay frame.idle-stalled frame.idle-stalled-delay res.fd-leak-errors tcp.vanish res.timer-leak',
    ],
    ['idle-ignores-output', 'abuse.idle-output', 'frame.idle-delay'],
    ['keeps-connections', 'mem.leak-per-conn', 'abuse.reset-flood'],
  ]),
];
