/**
 * Servers with a fault in how the process lives: starting, binding, logging, resources, stopping.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { EVERYTHING_ELSE, entries, type FaultyServer } from '../entry.ts';

const NEVER_COMES = { silent: 'what is waited for does not come, and nothing else tells that it never will' };

export const lifecycle: readonly FaultyServer[] = [
  ...entries('c', 'tcp-echo', [
    ['ready-unflushed', 'ready.line', '', NEVER_COMES],
    ['workers-without-reuseport', 'bind.workers'],
    ['bind-any-port', 'bind.port-busy bind.flag-forms'],
    ['reuse-port', 'bind.exclusive'],
    ['undefined-shift', 'obs.no-sanitizer'],
    ['leaves-child', 'bind.restart-timewait stop.refuse-new stop.port-free stop.kill9 stop.no-orphans'],
    ['spins-at-emfile', 'res.emfile-no-spin'],
    ['ipv6-only', 'bind.dual-stack'],
    ['loopback-is-any', 'bind.v6only-explicit'],
    ['log-ends-server', 'obs.closed-stdio obs.blocked-stderr'],
    ['log-blocks', 'obs.blocked-stderr obs.connection-log', '', NEVER_COMES],
    [
      'leaks-descriptors',
      'res.fd-leak res.fd-leak-errors res.emfile-survive abuse.max-conns',
      'tcp.no-rst-orderly tcp.vanish tcp.connect-close bp.abort-stalled abuse.reset-flood',
    ],
    [
      'exits-at-emfile',
      'res.emfile-survive res.emfile-existing',
      'res.emfile-no-spin',
      {
        variesByChance:
          'the server exits while clients connect: the one is refused, the other was in the queue',
      },
    ],
    ['waits-at-emfile', 'res.emfile-survive res.emfile-existing', '', NEVER_COMES],
    ['never-waits', 'res.zombies', 'stream.deadlock mem.leak-per-conn'],
    ['never-frees', 'res.exit-leak obs.no-sanitizer', 'bp.abort-stalled mem.leak-per-frame'],
    ['drops-pending-at-sigterm', 'stop.flush'],
    ['listens-on', 'stop.refuse-new'],
    ['open-counts-as-owed', 'stop.deadline-idle'],
    ['logs-each-refusal', 'abuse.refusal-log'],
    ['connections-always-logged', 'obs.connection-log'],
    ['drain-counts-accepted', 'obs.drain-count'],
  ]),
  ...entries('c', 'framed', [
    ['bind-failure-exits-0', 'bind.port-busy bind.flag-forms bind.flag-ranges'],
    ['clamps-numbers', 'bind.flag-ranges'],
    [
      'sigterm-default',
      'frame.goaway frame.goaway-inflight frame.goaway-delays frame.goaway-generate stop.term-idle stop.idle-conns stop.flush stop.term-inflight stop.deadline stop.deadline-idle stop.second frame.generate-held bind.workers obs.drain-count',
    ],
    ['second-signal-ignored', 'stop.second', '', NEVER_COMES],
    ['open-by-default', 'bind.loopback-default'],
    ['no-reuse-address', 'bind.restart-timewait', 'stop.port-free stop.kill9'],
    [
      'logs-nothing',
      'obs.stderr-violation obs.violation-limit obs.connection-log obs.drain-count abuse.refusal-log',
      'frame.truncated-eof',
    ],
    ['logs-every-violation', 'obs.violation-limit'],
    ['violation-limit-stays', 'obs.violation-limit'],
    ['suppressed-untold', 'obs.violation-limit'],
    ['logs-payload', 'obs.log-injection obs.blocked-stderr', 'bp.abort-stalled mem.leak-per-frame'],
    [
      'leaks-at-reset',
      'res.fd-leak-errors',
      'frame.generate-gone stream.seq-reuse bp.abort-stalled abuse.reset-flood',
    ],
    [
      'spare-descriptor-loops',
      'res.emfile-survive res.emfile-no-spin res.emfile-existing',
      '',
      { variesByChance: 'a client is closed when it is accepted, before or after its request has come' },
    ],
    ['thread-for-each-client', 'res.threads', 'mem.claimed-length mem.leak-per-conn'],
    ['large-stack-buffer', 'res.ulimit-stack'],
    ['drains-for-ever', 'stop.deadline stop.deadline-idle', '', NEVER_COMES],
  ]),
  ...entries('c', 'udp-echo', [
    ['ready-wrong-protocol', 'ready.line'],
    ['port-wraps', 'bind.bad-args bind.flag-ranges'],
    ['equals-unknown', 'bind.flag-forms'],
    ['udp-reuse-address', 'bind.exclusive'],
    ['wakes-every-ms', 'res.idle-cpu', 'stop.term-idle stop.sigint'],
    ['sigint-ignored', 'stop.sigint', '', NEVER_COMES],
    ['payload-is-format', 'udp.failed-counts obs.log-injection obs.blocked-stderr', 'udp.counts'],
    ['needs-home', 'obs.locale-tz'],
    ['opens-in-advance', 'res.nofile-small'],
    ['stale-lock-file', 'stop.kill9'],
  ]),
  ...entries('ts', 'tcp-echo', [
    ['ready-on-stderr', 'ready.line', '', NEVER_COMES],
    ['ready-before-listen', 'ready.truth'],
    ['first-flag-wins', 'bind.flag-forms'],
    ['fixed-port', 'bind.port-0', EVERYTHING_ELSE],
    ['logs-on-stdout', 'obs.closed-stdio obs.stdout-clean'],
    [
      'ignores-sigterm',
      'tcp.linger-bytes stop.term-idle stop.sigint stop.idle-conns stop.flush stop.refuse-new stop.port-free stop.deadline-idle bind.workers obs.drain-count',
      'stop.startup',
    ],
    ['waits-for-idle', 'tcp.linger-bytes stop.idle-conns stop.flush bind.workers', '', NEVER_COMES],
    ['logs-bytes', 'obs.log-injection', 'bp.many-slow mem.leak-per-frame'],
    ['timers-never-cleared', 'res.timer-leak', 'res.idle-cpu-conns'],
    ['stops-before-it-started', 'stop.startup'],
    ['waits-for-worker', 'bind.workers', '', NEVER_COMES],
  ]),
  ...entries('ts', 'framed', [
    [
      'timer-every-ms',
      'res.idle-cpu',
      'frame.generate-ahead frame.generate-gone frame.delay-in-generate frame.error-complete frame.goaway-inflight frame.goaway-delays frame.goaway-generate tcp.rst-survive tcp.rst-isolated tcp.connect-close tcp.eintr mem.claimed-length res.fd-leak res.emfile-no-spin stop.flush stop.refuse-new stop.term-inflight stop.second tcp.vanish res.idle-cpu-conns res.timer-leak stop.term-idle stop.sigint',
    ],
    ['ignores-host', 'bind.v6only-explicit bind.loopback-default'],
    [
      'stderr-unwatched',
      'obs.closed-stdio',
      '',
      {
        variesByChance:
          'the server ends while a client connects: it is refused, or waits in a queue that goes',
      },
    ],
    ['connections-unlogged', 'obs.connection-log'],
    ['polls-each-connection', 'res.idle-cpu-conns'],
    [
      'exit-in-handler',
      'frame.goaway frame.goaway-inflight frame.goaway-delays frame.goaway-generate stop.flush stop.term-inflight stop.deadline stop.second frame.generate-held obs.drain-count',
    ],
  ]),
];
