/**
 * Servers with a fault in how the process lives: starting, binding, logging, resources, stopping.
 *
 * Data only; ../entry.ts says what an entry is.
 */
import { EVERYTHING_ELSE, entries, type FaultyServer } from '../entry.ts';

export const lifecycle: readonly FaultyServer[] = [
  ...entries('c', 'tcp-echo', [
    ['ready-unflushed', 'ready.line'],
    ['bind-any-port', 'bind.port-busy'],
    ['reuse-port', 'bind.exclusive'],
    ['undefined-shift', 'obs.no-sanitizer'],
    ['leaves-child', 'stop.no-orphans'],
    ['spins-at-emfile', 'res.emfile-no-spin'],
  ]),
  ...entries('c', 'framed', [
    ['bind-failure-exits-0', 'bind.port-busy'],
    ['sigterm-default', 'stop.term-idle stop.idle-conns stop.term-inflight stop.second'],
    ['second-signal-ignored', 'stop.second'],
  ]),
  ...entries('c', 'udp-echo', [
    ['ready-wrong-protocol', 'ready.line'],
    ['port-wraps', 'bind.bad-args'],
    ['udp-reuse-address', 'bind.exclusive'],
    ['wakes-every-ms', 'res.idle-cpu'],
    ['sigint-ignored', 'stop.sigint'],
  ]),
  ...entries('ts', 'tcp-echo', [
    ['ready-on-stderr', 'ready.line'],
    ['ready-before-listen', 'ready.truth'],
    ['fixed-port', 'bind.port-0', EVERYTHING_ELSE],
    ['logs-on-stdout', 'obs.stdout-clean'],
    ['ignores-sigterm', 'stop.term-idle stop.sigint stop.idle-conns'],
    ['waits-for-idle', 'stop.idle-conns'],
  ]),
  ...entries('ts', 'framed', [
    ['timer-every-ms', 'res.idle-cpu', 'res.emfile-no-spin'],
    ['exit-in-handler', 'stop.term-inflight stop.second'],
  ]),
];
