/**
 * What a server may use up of this machine before the harness ends it: memory and output.
 *
 * Memory is the resident memory of the server and its children, looked at ten times a second. No limit of the kernel fits:
 * RLIMIT_AS and RLIMIT_DATA count address space, of which Node and the sanitizers reserve gigabytes without using them; RLIMIT_RSS does
 * nothing; a cgroup needs rights that most machines and containers do not give.
 */
import { totalmem } from 'node:os';
import { residentBytes } from './process-tree.ts';
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

/** The excess of a program that has written so much; undefined when it is within the limits. */
export function outputExcess(stdoutBytes: number, stderrBytes: number): Excess | undefined {
  if (stdoutBytes > STDOUT_LIMIT_BYTES) return STDOUT_FLOOD;
  return stderrBytes > STDERR_LIMIT_BYTES ? STDERR_FLOOD : undefined;
}

/**
 * Calls `onExcess` once when the process and its children use more memory than `limitBytes`. Returns what ends the watch; it keeps
 * nobody alive.
 */
export function watchMemory(
  pid: number,
  onExcess: (excess: Excess) => void,
  limitBytes = MEMORY_LIMIT_BYTES,
): () => void {
  const timer = setInterval(() => {
    if (residentBytes(pid) <= limitBytes) return;
    clearInterval(timer);
    onExcess(memoryExcess(limitBytes));
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

function memoryExcess(limitBytes: number): Excess {
  return {
    seen: `it used more than ${Math.round(limitBytes / MIB)} MiB of memory and was ended`,
    cause: 'it allocates without end, or keeps what it should have sent or given back',
    hint: 'every buffer needs a limit (docs/contract.md section 7); look for what grows with time or with what a peer sends',
  };
}
