/**
 * Who else used the CPUs while we measured: everybody's CPU time less that of the servers and of this process.
 */
import { type CpuReading, cpuBetween, type MachineReading, readCpu, readMachine } from './process-time.ts';

/** Shares in cores: 0.2 is a fifth of one CPU. */
export interface Noise {
  othersCores: number;
  stealCores: number;
  overMs: number;
}

/** Above this, say so. */
export const OTHERS_LIMIT_CORES = 0.2;

/** Adds up over the measured parts of a run. */
export class NoiseMeter {
  #othersNs = 0;
  #stealNs = 0;
  #elapsedNs = 0;

  /** Measures while `work` runs. @param leaders process ids of the servers under load */
  async during<T>(leaders: readonly number[], work: () => Promise<T>): Promise<T> {
    const before = { machine: readMachine(), servers: leaders.map(readCpu), own: process.cpuUsage() };
    const result = await work();
    this.#add(before.machine, before.servers, leaders, process.cpuUsage(before.own));
    return result;
  }

  #add(
    before: MachineReading,
    servers: CpuReading[],
    leaders: readonly number[],
    own: NodeJS.CpuUsage,
  ): void {
    const after = readMachine();
    const serversNs = leaders.reduce((sum, leader, i) => {
      const first = servers[i];
      return first ? sum + cpuBetween(first, readCpu(leader)).totalNs : sum;
    }, 0);
    const oursNs = serversNs + (own.user + own.system) * 1000;
    this.#othersNs += Math.max(0, after.busyNs - before.busyNs - oursNs);
    this.#stealNs += after.stealNs - before.stealNs;
    this.#elapsedNs += after.atNs - before.atNs;
  }

  /** Undefined when nothing was measured. */
  summary(): Noise | undefined {
    if (this.#elapsedNs === 0) return undefined;
    return {
      othersCores: this.#othersNs / this.#elapsedNs,
      stealCores: this.#stealNs / this.#elapsedNs,
      overMs: this.#elapsedNs / 1e6,
    };
  }
}
