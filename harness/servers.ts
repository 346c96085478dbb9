/**
 * The registry of servers: which protocol each speaks, in which language, and the command line that starts
 * it.
 *
 * Data and look-ups only. process.ts starts what is named here; nothing here imports a server.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A protocol; checks are grouped into one suite per protocol. */
export type Suite = 'tcp-echo' | 'udp-echo' | 'framed';

export const SUITES: readonly Suite[] = ['tcp-echo', 'udp-echo', 'framed'];

/** Which build of a server: TypeScript, C as released, C with ASan and UBSan. */
export type Track = 'ts' | 'c' | 'c-sanitize';

export const TRACKS: readonly Track[] = ['ts', 'c', 'c-sanitize'];

/**
 * A program that keeps docs/contract.md, and how to start it (flags of the contract are appended to `argv`).
 */
export interface ServerSpec {
  /** Shown to people and used in tests: `framed/c`, or the command of one's own server. */
  name: string;
  protocol: Suite;
  track: Track | 'command';
  /** Program and leading arguments. */
  argv: readonly [string, ...string[]];
  /** Added to the explicit environment that process.ts gives every server. */
  env?: Readonly<Record<string, string>>;
  /** Directory to start in; default: that of the harness. */
  cwd?: string;
  /** What names it to `make check`, where track or command do not: `EX=half-close TRACK=c`. */
  replay?: string;
  /** A file that must exist before the server can start, and the command that makes it. */
  built?: { file: string; make: string };
}

export const ROOT = join(import.meta.dirname, '..');

/**
 * ASan and UBSan stop at the first finding with exit code 97, which the contract uses for nothing else. Freed memory is
 * held back for 16 MiB instead of 256, so that checks of memory mean the server.
 */
export const SANITIZER_ENV = {
  ASAN_OPTIONS: 'exitcode=97:halt_on_error=1:detect_leaks=1:quarantine_size_mb=16',
  UBSAN_OPTIONS: 'halt_on_error=1:exitcode=97:print_stacktrace=1',
} as const;

/**
 * Where Node keeps what it has compiled. Compiling is three quarters of the CPU time of a start (0.22 of 0.28 s for framed), and every
 * check starts a server. Only for programs of this clone: what a stranger's program writes, no other program may load.
 */
export const COMPILE_CACHE_ENV = { NODE_COMPILE_CACHE: join(ROOT, 'build', 'compile-cache') } as const;

/** The reference server of one protocol and track. */
export function referenceServer(protocol: Suite, track: Track): ServerSpec {
  const name = `${protocol}/${track}`;
  if (track === 'ts') {
    const file = join(ROOT, 'servers-ts', `${protocol}.ts`);
    return { name, protocol, track, argv: [process.execPath, file], env: COMPILE_CACHE_ENV };
  }
  const sanitized = track === 'c-sanitize';
  const file = join(ROOT, 'build', sanitized ? 'sanitize' : 'release', protocol);
  const make = sanitized ? 'make -C servers-c sanitize' : 'make -C servers-c';
  return {
    name,
    protocol,
    track,
    argv: [file],
    ...(sanitized ? { env: SANITIZER_ENV } : {}),
    built: { file, make },
  };
}

/** All reference servers of the given protocols and tracks; by default the six that `make check` runs. */
export function referenceServers(
  protocols: readonly Suite[] = SUITES,
  tracks: readonly Track[] = ['ts', 'c'],
): ServerSpec[] {
  return protocols.flatMap((protocol) => tracks.map((track) => referenceServer(protocol, track)));
}

/** Someone's own server, by its command line as separate arguments. */
export function commandServer(protocol: Suite, argv: readonly [string, ...string[]]): ServerSpec {
  return { name: argv.join(' '), protocol, track: 'command', argv };
}

/** What must be made first, as one sentence; undefined when the server can be started. */
export function missingBuild(spec: ServerSpec): string | undefined {
  if (!spec.built || existsSync(spec.built.file)) return undefined;
  return `${spec.name} is not built (${spec.built.file} is missing): run \`${spec.built.make}\``;
}
