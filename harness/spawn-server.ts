/**
 * Starts the process of a server: its arguments, a session of its own, a clean environment, no stdin.
 *
 * Waits for nothing: process.ts watches it from then on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { type FullPipe, openFullPipe } from './full-pipe.ts';
import { missingBuild, type ServerSpec } from './servers.ts';

/** Flags of the contract, without dashes: `{ 'max-frame-size': 65536 }`. */
export type Flags = Readonly<Record<string, string | number>>;

export interface StartOptions {
  /** Words of the command line that stand behind the flags as they are: `--port=0`. */
  words?: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** True: of the clean environment only PATH is left, which may be needed to find the program. */
  bareEnvironment?: boolean;
  /** True: its stderr is a pipe that is full from the beginning, and nobody reads it. */
  fullStderr?: boolean;
  /** Limits of the kernel for the process, soft and hard. Setting them needs the program prlimit. */
  limits?: { descriptors?: number; stackBytes?: number };
  cwd?: string;
  /** Resident memory of the server and its children above which it is ended; default: see excess.ts. */
  memoryLimitBytes?: number;
  /** Default: `DEADLINE_MS` of process.ts; Infinity for a debugger. */
  readyTimeoutMs?: number;
}

/** The program is not there or cannot be executed: nobody's verdict, the user's to repair. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** @throws {CannotStart} when it is not built, not there, or not executable */
export function spawnServer(
  spec: ServerSpec,
  flags: Flags,
  options: StartOptions,
): ChildProcess & { pid: number } {
  const missing = missingBuild(spec);
  if (missing) throw new CannotStart(missing);
  const [program, ...leading] = limited(spec.argv, options.limits);
  const given = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const cwd = options.cwd ?? spec.cwd;
  const stderr = options.fullStderr ? openFullPipe() : undefined;
  const child = spawn(program, [...leading, ...given, ...(options.words ?? [])], {
    detached: true,
    stdio: ['ignore', 'pipe', stderr?.writer ?? 'pipe'],
    env: { ...cleanEnvironment(options.bareEnvironment), ...spec.env, ...options.env },
    ...(cwd ? { cwd } : {}),
  });
  // Why it could not be started comes later, as an event; that it could not is known at once.
  child.on('error', () => {});
  if (stderr) leaveUnread(child, stderr);
  if (child.pid === undefined)
    throw new CannotStart(`cannot start ${program}: is the path right, and is the file executable?`);
  return child as ChildProcess & { pid: number };
}

/** Holds the reading end of its stderr for as long as the child lives. */
function leaveUnread(child: ChildProcess, { writer, reader }: FullPipe): void {
  closeSync(writer);
  if (child.pid === undefined) closeSync(reader);
  else child.once('exit', () => closeSync(reader));
}

/**
 * Explicit and short: an inherited environment changes what servers do, and cost 120 ms of each start of Node.
 */
function cleanEnvironment(bare = false): Record<string, string> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/' } = process.env;
  return bare ? { PATH } : { PATH, HOME, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/** prlimit sets the limits of itself and then becomes the program: the process id stays the same. */
function limited(
  argv: ServerSpec['argv'],
  { descriptors, stackBytes }: StartOptions['limits'] = {},
): ServerSpec['argv'] {
  const limits = [
    ...(descriptors === undefined ? [] : [`--nofile=${descriptors}:${descriptors}`]),
    ...(stackBytes === undefined ? [] : [`--stack=${stackBytes}:${stackBytes}`]),
  ];
  return limits.length > 0 ? ['prlimit', ...limits, ...argv] : argv;
}
