/**
 * What a server may use up of this machine before the harness ends it: memory, processes and output.
 *
 * Memory is the resident memory of the server and its children, looked at ten times a second. No limit of the kernel fits:
 * RLIMIT_AS and RLIMIT_DATA count address space, of which Node and the sanitizers reserve gigabytes without using them; RLIMIT_RSS does
 * nothing; RLIMIT_NPROC counts all processes of a user, and none of root's; a cgroup needs rights that most machines and containers do not give.
 */
import { totalmem } from 'node:os';
import { type Footprint, footprintOf } from './process-tree.ts';
import { MIB } from './units.ts';

/** Why the harness has ended a server; `seen` completes "the server ...". */
export interface Excess {
  seen: string;
  cause: string;
  hint: string;
}

/** The contract allows one line. */
export const STDOUT_LIMIT_BYTES = MIB;
/** No check makes a server log a hundredth of it. */
export const STDERR_LIMIT_BYTES = 64 * MIB;
/** Good servers stay below 300 MiB in every check and benchmark; a small machine must not be filled either. */
const MEMORY_LIMIT_BYTES = Math.min(2048 * MIB, totalmem() / 2);
/** One process for each of 200 clients is slow, and allowed. */
const MOST_PROCESSES = 256;
const LOOK_EVERY_MS = 100;

const STDOUT_FLOOD: Excess = {
  seen: 'it wrote more than 1 MiB to stdout and was ended',
  cause: 'it logs to stdout, or prints in a loop',
  hint: 'stdout carries the ready line only; log to stderr',
};
const STDERR_FLOOD: Excess = {
  seen: `it wrote more than ${STDERR_LIMIT_BYTES / MIB} MiB to stderr and was ended`,
  cause: 'something is logged in a loop, or for every byte',
  hint: 'log events, not data; limit what a peer can cause to 10 lines a second (docs/contract.md section 3)',
};
const TOO_MANY_PROCESSES: Excess = {
  seen: `it started more than ${MOST_PROCESSES} processes and was ended`,
  cause:
    'it forks in a loop: the child goes on with the loop of its parent, or each message starts a process that stays',
  hint: 'fork() returns twice: the child must leave the loop and end with _exit(). These servers need no second process',
};

/** The excess of a program that has written so much; undefined when it is within the limits. */
export function outputExcess(stdoutBytes: number, stderrBytes: number): Excess | undefined {
  if (stdoutBytes > STDOUT_LIMIT_BYTES) return STDOUT_FLOOD;
  return stderrBytes > STDERR_LIMIT_BYTES ? STDERR_FLOOD : undefined;
}

/**
 * Calls `onExcess` once when the process and its children use more memory than `memoryLimitBytes`, or are too many. Returns what ends
 * the watch; it keeps nobody alive.
 */
export function watchUse(
  pid: number,
  onExcess: (excess: Excess) => void,
  memoryLimitBytes = MEMORY_LIMIT_BYTES,
): () => void {
  const timer = setInterval(() => {
    const excess = useExcess(footprintOf(pid, MOST_PROCESSES), memoryLimitBytes);
    if (!excess) return;
    clearInterval(timer);
    onExcess(excess);
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

function useExcess({ processes, rssBytes }: Footprint, memoryLimitBytes: number): Excess | undefined {
  if (processes > MOST_PROCESSES) return TOO_MANY_PROCESSES;
  return rssBytes > memoryLimitBytes ? memoryExcess(memoryLimitBytes) : undefined;
}

function memoryExcess(limitBytes: number): Excess {
  return {
    seen: `it used more than ${Math.round(limitBytes / MIB)} MiB of memory and was ended`,
    cause: 'it allocates without end, or keeps what it should have sent or given back',
    hint: 'every buffer needs a limit (docs/contract.md section 7); look for what grows with time or with what a peer sends',
  };
}
