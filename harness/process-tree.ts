/**
 * A server's processes as /proc shows them. Every server leads a session of its own, so the session is the
 * tree: it also has the children whose parent has gone.
 *
 * Linux only. Files of a process may vanish between two reads: that process then does not count.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface ProcessStat {
  pid: number;
  /** `R` runs, `S` sleeps, `T` is stopped, `Z` has ended and was not waited for ... (man 5 proc). */
  state: string;
  session: number;
  cpuTicks: number;
  threads: number;
  rssBytes: number;
}

/** A server's whole process tree at one moment. */
export interface Usage {
  processes: number;
  zombies: number;
  threads: number;
  /** Threads that run or wait for a CPU. */
  running: number;
  fds: number;
  rssBytes: number;
  /** Private writable memory that was asked for, touched or not. */
  dataBytes: number;
  /** CPU time in clock ticks (10 ms each). */
  cpuTicks: number;
  /** Voluntary context switches of all threads: each is a sleep, so each is followed by a wake-up. */
  wakeUps: number;
}

const PAGE_BYTES = 4096;

/** All processes of a session, ended ones that nobody waited for included. */
function sessionMembers(session: number): ProcessStat[] {
  return numericEntries('/proc')
    .map(readStat)
    .filter((stat) => stat?.session === session)
    .filter((stat) => stat !== undefined);
}

/** Process ids of a session that still run. */
export function livingSessionMembers(session: number): number[] {
  return sessionMembers(session)
    .filter(isAlive)
    .map((stat) => stat.pid);
}

/** States of all threads of a session's living processes. */
export function threadStates(session: number): string[] {
  return livingSessionMembers(session).flatMap((pid) =>
    numericEntries(`/proc/${pid}/task`)
      .map((tid) => parseStat(read(`/proc/${pid}/task/${tid}/stat`))?.state)
      .filter((state) => state !== undefined),
  );
}

export function usageOf(session: number): Usage {
  const members = sessionMembers(session);
  const living = members.filter(isAlive);
  const sum = (value: (stat: ProcessStat) => number): number =>
    living.reduce((total, stat) => total + value(stat), 0);
  return {
    processes: living.length,
    zombies: members.length - living.length,
    threads: sum((stat) => stat.threads),
    running: threadStates(session).filter((state) => state === 'R').length,
    fds: sum((stat) => entries(`/proc/${stat.pid}/fd`).length),
    rssBytes: sum((stat) => stat.rssBytes),
    dataBytes: sum((stat) => dataBytesOf(stat.pid)),
    cpuTicks: sum((stat) => stat.cpuTicks),
    wakeUps: sum((stat) => wakeUpsOf(stat.pid)),
  };
}

/** Inodes of all sockets that the living processes of a session hold. */
export function socketInodes(session: number): Set<number> {
  const files = livingSessionMembers(session).flatMap((pid) =>
    entries(`/proc/${pid}/fd`).map((fd) => linkTarget(`/proc/${pid}/fd/${fd}`)),
  );
  return new Set(files.map((file) => Number(/^socket:\[(\d+)\]$/.exec(file)?.[1] ?? 0)));
}

/** Parses `/proc/PID/stat`; undefined for the empty text of a process that has gone. */
export function parseStat(text: string): ProcessStat | undefined {
  // The name in parentheses may hold spaces and parentheses itself: fields are counted from the last one.
  const nameEnd = text.lastIndexOf(')');
  if (nameEnd === -1) return undefined;
  const fields = text.slice(nameEnd + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  return {
    pid: Number.parseInt(text, 10),
    state: fields[0] ?? '?',
    session: number(3),
    cpuTicks: number(11) + number(12),
    threads: number(17),
    rssBytes: number(21) * PAGE_BYTES,
  };
}

/**
 * What a process and those that its main thread has started, and so on, use together: a few small reads. What children share with files
 * and with others counts once.
 */
export interface Footprint {
  processes: number;
  rssBytes: number;
}

/** Looks at no more than `mostProcesses` and one: who forks without end need not be counted to the end. */
export function footprintOf(pid: number, mostProcesses: number): Footprint {
  const waiting = [pid];
  let processes = 0;
  let rssBytes = 0;
  for (let next = waiting.pop(); next !== undefined && processes <= mostProcesses; next = waiting.pop()) {
    processes += 1;
    const [, resident = 0, shared = 0] = read(`/proc/${next}/statm`).split(' ').map(Number);
    rssBytes += (next === pid ? resident : resident - shared) * PAGE_BYTES;
    waiting.push(...childrenOf(next));
  }
  return { processes, rssBytes };
}

/** Process ids of those that the main thread of a process has started. */
export function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** False when all of its threads have ended, also while nobody has waited for it. The first thread may end before others. */
export function isRunning(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && (isAlive(stat) || stat.threads > 1);
}

/**
 * Process ids of those that still run and were started with this assignment (`NAME=value`) in their environment, or by one that was:
 * a daemon leaves its session, and does not think of its environment.
 */
export function livingWithEnvironment(assignment: string): number[] {
  return numericEntries('/proc').filter((pid) =>
    read(`/proc/${pid}/environ`).split('\0').includes(assignment),
  );
}

/**
 * Sends a signal to every process of a session; those that end meanwhile do not matter. First to the process group that its leader
 * began with, which the kernel does in one step: of processes that fork all the time, none is missed.
 */
export function signalSession(session: number, name: NodeJS.Signals): void {
  const living = livingSessionMembers(session);
  if (living.length > 0) signalAll([-session, ...living], name);
}

/** Sends a signal to processes; those that have ended since they were looked up do not matter. */
export function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // ESRCH: it has ended since we looked.
    }
  }
}

function readStat(pid: number): ProcessStat | undefined {
  return parseStat(read(`/proc/${pid}/stat`));
}

function isAlive(stat: ProcessStat): boolean {
  return stat.state !== 'Z' && stat.state !== 'X';
}

/** The sixth field of `statm`: data and stack. Address space that is only reserved does not count. */
function dataBytesOf(pid: number): number {
  return Number(read(`/proc/${pid}/statm`).split(' ')[5] ?? 0) * PAGE_BYTES;
}

function wakeUpsOf(pid: number): number {
  return numericEntries(`/proc/${pid}/task`)
    .map((tid) => /^voluntary_ctxt_switches:\s*(\d+)/m.exec(read(`/proc/${pid}/task/${tid}/status`)))
    .reduce((total, match) => total + Number(match?.[1] ?? 0), 0);
}

function numericEntries(folder: string): number[] {
  return entries(folder)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkTarget(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
