/**
 * The deliberately wrong servers: which protocol each speaks, and which checks must fail on it, may
 * fail on it, and no others.
 *
 * Data only; the comment in each server's file says what its fault is, and ../faulty-table.test.ts holds
 * the table to account.
 */
import { join } from 'node:path';
import process from 'node:process';
import { catalogue } from '../../checks/catalogue.ts';
import { ROOT, type ServerSpec, type Suite } from '../../servers.ts';

export interface FaultyServer {
  /** Name of the file in c/ or ts/. */
  name: string;
  language: 'c' | 'ts';
  suite: Suite;
  /**
   * Fail in every run, in the order of the checks' catalogue: the first of them is the one that is
   * shown first. Empty: correct.
   */
  mustFail: readonly string[];
  /** Consequences of the same fault that depend on timing, on the size of a buffer, or on a limit of time. */
  mayFail?: readonly string[];
}

type Entry = [name: string, mustFail: string, mayFail?: string];

/** Ids are written in one string, separated by spaces. */
function entries(language: 'c' | 'ts', suite: Suite, list: readonly Entry[]): FaultyServer[] {
  const ids = (text = ''): string[] => text.split(' ').filter((id) => id !== '');
  return list.map(([name, mustFail, mayFail]) => ({
    name,
    language,
    suite,
    mustFail: ids(mustFail),
    mayFail: ids(mayFail).filter((id) => !ids(mustFail).includes(id)),
  }));
}

/** Of a server that nobody can speak with. */
const EVERYTHING_ELSE = catalogue.map(({ id }) => id).join(' ');

export const faultyServers: readonly FaultyServer[] = [
  ...entries('c', 'tcp-echo', [
    ['correct-tcp-echo', ''],
    ['refuses-with-rst', ''],
    ['ready-unflushed', 'ready.line'],
    ['bind-any-port', 'bind.port-busy'],
    ['reuse-port', 'bind.exclusive'],
    ['undefined-shift', 'obs.no-sanitizer'],
    ['leaves-child', 'stop.no-orphans'],
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
    ['spins-at-emfile', 'res.emfile-no-spin'],
    ['no-idle-timeout', 'abuse.idle-timeout'],
    ['connections-never-uncounted', 'abuse.max-conns'],
  ]),
  ...entries('c', 'framed', [
    ['correct-framed', ''],
    ['one-byte-writes', ''],
    ['seven-byte-reads', ''],
    ['bind-failure-exits-0', 'bind.port-busy'],
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
    ['header-in-one-read', 'frame.header-split stream.split-every-byte stream.dribble stream.interleave'],
    ['sigterm-default', 'stop.term-idle stop.idle-conns stop.term-inflight stop.second'],
    ['second-signal-ignored', 'stop.second'],
  ]),
  ...entries('c', 'udp-echo', [
    ['correct-udp-echo', ''],
    ['ready-wrong-protocol', 'ready.line'],
    ['port-wraps', 'bind.bad-args'],
    ['udp-reuse-address', 'bind.exclusive'],
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
    ['wakes-every-ms', 'res.idle-cpu'],
    ['sigint-ignored', 'stop.sigint'],
  ]),
  ...entries('ts', 'tcp-echo', [
    ['correct-tcp-echo', ''],
    ['asynchronous-replies', ''],
    ['chatty-stderr', ''],
    ['ready-on-stderr', 'ready.line'],
    ['ready-before-listen', 'ready.truth'],
    ['fixed-port', 'bind.port-0', EVERYTHING_ELSE],
    ['logs-on-stdout', 'obs.stdout-clean'],
    ['upper-cases', 'tcp.echo-basic stream.binary'],
    [
      'never-ends',
      'tcp.fin-after-eof tcp.half-close tcp.half-close-pending res.emfile-no-spin abuse.max-conns',
    ],
    ['closes-with-peer', 'tcp.half-close', 'tcp.half-close-pending'],
    ['destroys-on-end', 'tcp.half-close-pending bp.slow-reader'],
    ['no-error-listener', 'tcp.rst-survive'],
    ['utf8-round-trip', 'stream.binary'],
    ['ignores-sigterm', 'stop.term-idle stop.sigint stop.idle-conns'],
    ['waits-for-idle', 'stop.idle-conns'],
  ]),
  ...entries('ts', 'framed', [
    ['correct-framed', ''],
    [
      'one-read-one-frame',
      'frame.header-split frame.oversize frame.length-sign stream.coalesce stream.split-every-byte stream.order',
      'frame.max frame.truncated-eof tcp.half-close-pending stream.dribble stream.interleave bp.slow-reader bp.resume stop.term-inflight stop.second',
    ],
    ['replies-out-of-order', 'stream.order'],
    ['ignores-write-result', 'bp.slow-reader'],
    ['timer-every-ms', 'res.idle-cpu', 'res.emfile-no-spin'],
    ['idle-too-early', 'abuse.idle-timeout'],
    ['exit-in-handler', 'stop.term-inflight stop.second'],
  ]),
  ...entries('ts', 'udp-echo', [['udp-merges', 'udp.boundaries udp.many-clients']]),
];

const FOLDER = import.meta.dirname;
const BUILT = join(ROOT, 'build', 'faulty');

/** UBSan goes on after a report, so that the report alone is the failure. */
const SANITIZER_ENV = { ASAN_OPTIONS: 'exitcode=97:detect_leaks=0', UBSAN_OPTIONS: 'halt_on_error=0' };
/** Starting is most of the work of a run; Node need not compile the same files hundreds of times. */
const NODE_ENV = { NODE_COMPILE_CACHE: join(BUILT, 'compile-cache') };

/** How to start one of them. */
export function specOf({ name, language, suite }: FaultyServer): ServerSpec {
  const spec = { name: `faulty/${language}/${name}`, protocol: suite, track: 'command' } as const;
  const file = join(BUILT, name);
  return language === 'c'
    ? { ...spec, argv: [file], env: SANITIZER_ENV, built: { file, make: 'make -C harness/test/faulty' } }
    : { ...spec, argv: [process.execPath, join(FOLDER, 'ts', `${name}.ts`)], env: NODE_ENV };
}
