/**
 * Loads the compiled addon and says what it offers.
 *
 * Types and loading only: engine.ts and sockets.ts give these raw calls names and docstrings.
 */
import { createRequire } from 'node:module';
import type { DatagramCounts, LoadFailureFacts, Target, Work } from './load.ts';

/** What the C side is told; engine.ts has checked every range. */
export interface NativePlan {
  plan: 'closed' | 'open' | 'duel';
  sides: { target: Target; work: Work }[];
  threads: number;
  cpus: number[];
  seed: number;
  stallTimeoutMs: number;
  udpExpiryMs: number;
  warmupMs: number;
  durationMs: number;
  ratePerSecond: number;
  sliceMs?: number;
}

/** What the C side reports; `counts` are the buckets of histogram.h. */
export interface NativeReport {
  /** `error` is the errno of `call`, as a number. */
  failure?: Omit<LoadFailureFacts, 'target' | 'errno'> & { side: number; error?: number };
  sides: {
    messages: number;
    bytes: number;
    durationNs: number;
    counts: Float64Array;
    maxNs: number;
    datagrams?: DatagramCounts;
  }[];
  rates?: Float64Array;
  lag?: { counts: Float64Array; maxNs: number };
  engineCpuNs: number;
  engineBusy: number;
  cancelled: boolean;
}

/** A started run, known to C only. */
declare const runBrand: unique symbol;
export interface NativeRun {
  readonly [runBrand]: true;
}

/** One end of a TCP connection over IPv4. */
export interface NativeConnection {
  localHost: string;
  localPort: number;
  remoteHost: string;
  remotePort: number;
}

export interface NativeSocketEntry {
  transport: 'tcp' | 'udp';
  family: 4 | 6;
  localHost: string;
  localPort: number;
  remoteHost: string;
  remotePort: number;
  state: number;
  rxQueue: number;
  txQueue: number;
  inode: number;
  uid: number;
  drops: number;
}

/** The sender is made up. */
export interface ForgedEnds {
  sourceHost: string;
  sourcePort: number;
  host: string;
  port: number;
}

export interface Native {
  startRun(plan: NativePlan, done: (report: NativeReport) => void): NativeRun;
  snapshot(run: NativeRun): { phase: number; messages: number };
  cancel(run: NativeRun): void;
  /** Records nanosecond values into a fresh histogram: for tests of the buckets. */
  histogramOf(values: Float64Array): { counts: Float64Array; maxNs: number };
  setOption(fd: number, level: number, name: number, value: number | Uint8Array): void;
  getOption(fd: number, level: number, name: number): number;
  getOptionBytes(fd: number, level: number, name: number, length: number): Uint8Array;
  tcpInfo(fd: number): Record<string, number>;
  meminfo(fd: number): number[];
  socketTable(): NativeSocketEntry[];
  socketQueues(id: NativeConnection): { state: number; rxQueue: number; txQueue: number } | undefined;
  socketInfo(id: NativeConnection): Record<string, number> | undefined;
  sendUrgent(fd: number, byte: number): void;
  dropIncoming(fd: number): void;
  bringLoopbackUp(): void;
  sendForged(ends: ForgedEnds, payload: Uint8Array): void;
  setThreadAffinity(tid: number, cpus: number[]): void;
  getThreadAffinity(tid: number): number[];
}

export const native: Native = load();

function load(): Native {
  try {
    return createRequire(import.meta.url)('./build/Release/engine.node') as Native;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error('harness/native/build/Release/engine.node is not built: run make addon', {
      cause: error,
    });
  }
}
