/**
 * Servers with a fault in the framed protocol.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { EVERYTHING_ELSE, entries, type FaultyServer } from '../entry.ts';

/** Other checks that read a long GENERATE. */
const GENERATES =
  'frame.id frame.generate frame.generate-end frame.generate-bound frame.order frame.interleaved-writes frame.pending-bound frame.pending-behind-read frame.delay-in-generate frame.fatal-order frame.eof-owed frame.goaway-generate';
/** Other checks that provoke an error by wrong flags. */
const FATALS = 'frame.error-text frame.fatal-order frame.fatal-delays frame.fatal-linger abuse.no-amplify';
const SPINS = { silent: 'what should come, the end of the connection in the server, never comes' };

export const frames: readonly FaultyServer[] = [
  ...entries('c', 'framed', [
    ['heap-overflow', 'frame.max obs.no-sanitizer', 'frame.discard frame.unknown-skipped'],
    [
      'first-frame-only',
      'stream.coalesce stream.split-every-byte stream.order',
      EVERYTHING_ELSE,
      { silent: 'a reply that never comes leaves no trace with the client' },
    ],
    [
      'shared-buffer',
      'stream.interleave',
      'frame.pending-behind-read abuse.slowloris stream.hammer bp.slow-reader bp.resume stop.term-inflight stop.second frame.header-complete frame.error-complete frame.error-text frame.goaway-inflight frame.timeout frame.timeout-each frame.timeout-paused tcp.rst-isolated stream.seq-reuse bp.isolated bp.many-slow mem.claimed-length abuse.one-hog stop.deadline frame.fatal-delays',
      { silent: 'bytes that wait in the buffer of another connection leave no trace with their sender' },
    ],
    [
      'empty-frame-skipped',
      'frame.zero frame.discard frame.reply-flags',
      'mem.zero-frame-flood frame.id frame.bad-payload frame.goaway',
    ],
    [
      'empty-frame-is-eof',
      'frame.zero frame.discard frame.reply-flags',
      'frame.id frame.bad-payload frame.goaway mem.zero-frame-flood',
    ],
    ['limit-off-by-one', 'frame.max'],
    [
      'length-16-bit',
      'frame.max frame.discard frame.oversize frame.length-sign tcp.half-close-pending',
      'frame.unknown-skipped frame.length-wrap frame.header-complete frame.precedence frame.error-text abuse.http-verb abuse.tls-hello tcp.no-rst-orderly obs.stderr-violation stream.partial-write res.ulimit-stack res.fd-leak-errors',
    ],
    [
      'no-frame-limit',
      'frame.oversize frame.length-sign frame.length-wrap frame.header-complete frame.precedence abuse.http-verb abuse.tls-hello',
      'frame.error-text abuse.no-amplify abuse.garbage obs.stderr-violation res.fd-leak-errors',
    ],
    [
      'oversize-exits',
      'frame.oversize frame.length-sign frame.length-wrap abuse.http-verb abuse.tls-hello abuse.garbage obs.closed-stdio obs.blocked-stderr',
      'frame.header-complete frame.precedence frame.error-text abuse.no-amplify obs.log-injection obs.stderr-violation res.fd-leak-errors',
    ],
    [
      'length-signed',
      'frame.length-sign',
      'frame.length-wrap frame.header-complete frame.precedence frame.error-text obs.stderr-violation res.fd-leak-errors',
      { silent: 'the server waits for the rest of the frame, and so does the client for its refusal' },
    ],
    ['length-little-endian', 'frame.endian', EVERYTHING_ELSE],
    ['echoes-truncated', 'frame.truncated-eof', 'stream.uninit'],
    [
      'header-in-one-read',
      'frame.header-split stream.split-every-byte stream.dribble stream.interleave',
      'frame.header-complete frame.bad-payload frame.generate-end frame.discard frame.overloaded-count frame.error-text abuse.bad-utf8-type frame.id frame.order frame.any-cut frame.generate frame.generate-zero frame.generate-bound frame.bad-flags frame.fatal-order frame.truncated-eof frame.timeout frame.timeout-between res.ulimit-stack frame.fatal-delays',
      {
        variesByChance:
          'the server gives up while the next byte of the header is on its way: unread, it makes a RST of its FIN',
      },
    ],
    [
      'generate-restarts-pattern',
      'frame.generate frame.generate-end frame.order frame.generate-held',
      GENERATES,
    ],
    ['generate-ignores-limit', 'frame.generate-bound'],
    ['generate-ends-full-frames', 'frame.generate frame.generate-end', `${GENERATES} frame.generate-held`],
    ['generate-zero-silent', 'frame.generate-zero', 'frame.order'],
    ['watches-after-eof', 'frame.eof-rest tcp.half-close-pending tcp.no-rst-orderly'],
    ['generate-by-turn', 'frame.generate-held'],
    [
      'generate-ahead',
      'frame.generate-ahead frame.generate-held',
      `frame.generate-largest frame.generate-gone ${GENERATES}`,
    ],
    ['generate-for-nobody', 'frame.generate-gone', 'frame.generate-largest frame.idle-stalled', SPINS],
    ['generate-signed', 'frame.generate-largest frame.generate-gone'],
    ['overtakes-generate', 'frame.order frame.fatal-order', `${GENERATES} frame.any-cut`],
    ['delay-from-first-byte', 'frame.delay-clock'],
    [
      'delay-in-arrival-order',
      'frame.delay-order frame.overloaded-bytes frame.delay-prompt frame.delay-mixed',
    ],
    ['delay-equals-reversed', 'frame.delay-equal', 'frame.id'],
    ['delay-behind-generate', 'frame.delay-in-generate'],
    // The kernel may have no room left just where a frame of the GENERATE ends: what jumps ahead then stands where it should.
    ['delay-splits-frame', 'frame.interleaved-writes', 'frame.id frame.delay-equal frame.delay-in-generate'],
    ['delays-without-limit', 'frame.overloaded-count'],
    ['delay-bytes-without-limit', 'frame.overloaded-bytes'],
    ['delay-bytes-off-by-one', 'frame.overloaded-bytes'],
    ['decides-early', 'frame.header-complete', 'abuse.garbage'],
    ['flags-ignored', 'frame.bad-flags frame.precedence', FATALS],
    ['flags-before-length', 'frame.precedence', 'frame.header-complete abuse.http-verb abuse.tls-hello'],
    ['stores-unknown-payload', 'frame.unknown-skipped'],
    [
      'length-wraps',
      'frame.length-wrap',
      'frame.length-sign frame.precedence frame.header-complete frame.error-text abuse.no-amplify obs.stderr-violation res.fd-leak-errors',
      { silent: 'the server waits for the rest of the frame, and so does the client for its refusal' },
    ],
    ['fatal-drops-replies', 'frame.fatal-order'],
    ['fatal-keeps-delays', 'frame.fatal-delays'],
    ['fatal-closes-at-once', 'frame.fatal-linger', 'frame.error-text frame.fatal-order frame.timeout'],
    ['goaway-last', 'frame.goaway-generate frame.generate-held'],
    ['goaway-counts-complete', 'frame.goaway-inflight'],
    ['drain-drops-delays', 'frame.goaway-delays'],
    ['frame-clock-per-read', 'abuse.slowloris'],
    ['frame-clock-shared', 'frame.timeout-each'],
    [
      'frame-clock-runs-on',
      'frame.timeout-paused',
      '',
      {
        variesByChance:
          'how many frames the server reads before it stops depends on the pieces in which they come',
      },
    ],
    ['frame-clock-never-stops', 'frame.timeout-between', 'frame.timeout-each frame.timeout-paused'],
    ['frame-timeout-without-id', 'frame.timeout', 'frame.timeout-each frame.timeout-paused abuse.slowloris'],
    ['idle-stalled-gets-fin', 'frame.idle-stalled frame.idle-stalled-delay'],
    ['no-bound-behind-generate', 'frame.pending-bound frame.pending-behind-read'],
    [
      'counts-half-frames',
      'bp.larger-message',
      'bp.resume',
      { silent: 'the server waits for room, and so does the rest of the frame' },
    ],
  ]),
  ...entries('ts', 'framed', [
    [
      'one-read-one-frame',
      'frame.header-split frame.oversize frame.length-sign stream.coalesce stream.split-every-byte stream.order',
      EVERYTHING_ELSE,
    ],
    [
      'replies-out-of-order',
      'stream.order',
      'frame.order frame.generate frame.generate-end frame.fatal-order frame.eof-owed frame.goaway-inflight frame.goaway-generate stream.hammer bp.resume frame.generate-held',
    ],
    [
      'ignores-write-result',
      'bp.slow-reader bp.rss bp.full-reads',
      'frame.pending-behind-read frame.pending-bound bp.many-slow',
    ],
    [
      'idle-too-early',
      'abuse.idle-timeout abuse.idle-reset abuse.idle-output',
      'frame.idle-stalled tcp.vanish res.fd-leak-errors res.timer-leak',
    ],
    ['discard-counts-last-read', 'frame.discard frame.any-cut', 'frame.order frame.id frame.goaway'],
    [
      'delays-in-map',
      'frame.id',
      'frame.delay-equal frame.overloaded-count frame.overloaded-bytes frame.precedence',
    ],
    [
      'delay-in-tenths',
      'frame.delay frame.delay-clock',
      'frame.eof-owed frame.goaway-delays frame.idle-delay frame.idle-stalled-delay',
    ],
    ['delays-sorted-in-part', 'frame.delay-mixed'],
    ['delay-a-second-late', 'frame.delay-prompt', 'frame.delay-in-generate'],
    [
      'delay-blocks',
      'frame.delay-overtaken frame.delay-prompt frame.delay-mixed',
      'frame.delay-order frame.delay-in-generate frame.interleaved-writes frame.overloaded-count frame.overloaded-bytes frame.precedence frame.bad-payload frame.fatal-delays frame.eof-owed',
    ],
    ['delay-without-limit', 'frame.bad-payload frame.precedence', 'frame.error-complete abuse.garbage'],
    ['pattern-of-256', 'frame.generate frame.generate-end frame.order frame.generate-held', GENERATES],
    ['type-before-flags', 'frame.precedence'],
    ['unknown-at-header', 'frame.error-complete'],
    [
      'unknown-is-fatal',
      'frame.order abuse.bad-utf8-type obs.violation-limit',
      `frame.id frame.reply-flags frame.any-cut frame.unknown-skipped frame.error-complete frame.goaway`,
    ],
    ['type-without-top-bit', 'abuse.bad-utf8-type', 'abuse.garbage'],
    ['error-repeats-request', 'frame.error-text'],
    ['error-explains', 'frame.error-text abuse.no-amplify'],
    ['eof-drops-delays', 'frame.eof-owed'],
    [
      'goaway-missing',
      'frame.goaway frame.goaway-inflight frame.goaway-delays frame.goaway-generate frame.generate-held',
    ],
    [
      'drain-answers-later',
      'frame.goaway-inflight',
      'stop.term-inflight',
      { silent: 'the FIN behind the last reply never comes' },
    ],
    ['refuses-silently', 'frame.refusal'],
    ['idle-cuts-delays', 'frame.idle-delay frame.idle-stalled-delay', 'frame.idle-prompt'],
    [
      'idle-looked-once',
      'frame.idle-delay frame.idle-stalled-delay',
      'tcp.vanish',
      { silent: 'an ERROR that never comes leaves no other trace with the client' },
    ],
    ['idle-moves-only', 'frame.idle-stalled-delay', '', { silent: 'the RST that should come never comes' }],
    [
      'no-frame-timeout',
      'frame.timeout',
      'frame.timeout-each frame.timeout-paused abuse.slowloris',
      { silent: 'the ERROR that should come never comes' },
    ],
    [
      'frame-clock-of-one',
      'frame.timeout-paused',
      '',
      { silent: 'the ERROR that should come to the other client never comes' },
    ],
    ['end-on-every-reply', 'frame.reply-flags'],
    ['header-then-body', 'frame.interleaved-writes', EVERYTHING_ELSE],
    [
      'decodes-unknown-payload',
      'abuse.bad-utf8-type obs.closed-stdio obs.blocked-stderr',
      'abuse.garbage frame.overloaded-count frame.precedence frame.error-complete frame.bad-payload',
      { variesByChance: 'the server gives up while more of what it cannot decode is on its way' },
    ],
  ]),
];
