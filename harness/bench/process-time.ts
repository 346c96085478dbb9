/**
 * CPU time from /proc: of a server with all its threads and children, of this process, and of everybody.
 *
 * Differences of two readings are meant; a single reading means nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { livingSessionMembers } from '../process-tree.ts';

export interface CpuTime {
  userNs: number;
  systemNs: number;
  totalNs: number;
}

/** USER_HZ, in which /proc counts, is 100 on every architecture that Linux runs Node on. */
const TICK_NS = 10_000_000;
/** Two counters of one process may differ by their rounding; above that, threads have ended in between. */
const ROUNDING_NS = 3 * TICK_NS;

/** Reading of a server's whole session, in both of the kernel's counters. */
export interface CpuReading {
  /** Of all threads, living and ended, in ticks of 10 ms. */
  userNs: number;
  systemNs: number;
  /** Of the living threads only, in nanoseconds. */
  threadsNs: number;
}

/** CPU time used so far by the session that `leader` leads. */
export function readCpu(leader: number): CpuReading {
  const reading: CpuReading = { userNs: 0, systemNs: 0, threadsNs: 0 };
  for (const pid of livingSessionMembers(leader)) {
    const fields = afterName(read(`/proc/${pid}/stat`));
    reading.userNs += Number(fields[11] ?? 0) * TICK_NS;
    reading.systemNs += Number(fields[12] ?? 0) * TICK_NS;
    for (const thread of entries(`/proc/${pid}/task`))
      reading.threadsNs += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0);
  }
  return reading;
}

/**
 * CPU time between two readings. The total comes from the nanosecond counter, unless threads have ended, which it forgets;
 * user and system share it in the proportion of the coarse counter.
 */
export function cpuBetween(before: CpuReading, after: CpuReading): CpuTime {
  const userTicks = after.userNs - before.userNs;
  const systemTicks = after.systemNs - before.systemNs;
  const coarse = userTicks + systemTicks;
  const fine = after.threadsNs - before.threadsNs;
  const totalNs = Math.abs(fine - coarse) <= ROUNDING_NS ? fine : coarse;
  const userNs = coarse === 0 ? totalNs / 2 : (totalNs * userTicks) / coarse;
  return { userNs, systemNs: totalNs - userNs, totalNs };
}

/** CPU time of the whole machine that was not idle. */
export interface MachineReading {
  busyNs: number;
  /** Taken by the hypervisor for others. */
  stealNs: number;
  atNs: number;
}

export function readMachine(): MachineReading {
  const line = read('/proc/stat').split('\n')[0] ?? '';
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return {
    busyNs: (user + nice + system + irq + softirq) * TICK_NS,
    stealNs: steal * TICK_NS,
    atNs: Number(process.hrtime.bigint()),
  };
}

function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process or thread has ended between two reads.
    return '';
  }
}

function entries(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
