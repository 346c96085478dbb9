/**
 * Which CPU the servers run on and which the load engine, so that neither takes the other's time.
 *
 * Both servers of a duel share one CPU: only one of them is under load at any moment.
 */
import { getAffinity, setAffinity } from '../native/sockets.ts';

export interface Placement {
  /** Undefined: servers are not pinned. */
  serverCpu: number | undefined;
  engineCpu: number | undefined;
  /** Said in the report. */
  words: string;
}

/**
 * @param available CPUs that this process may use
 * @param remote true when a contender runs somewhere else already: its CPU is not ours to choose
 */
export function placementFor(available: readonly number[], remote = false): Placement {
  const [serverCpu, engineCpu] = available;
  const elsewhere = remote ? '; a remote contender runs where it runs' : '';
  if (serverCpu === undefined || engineCpu === undefined)
    return {
      serverCpu: undefined,
      engineCpu: undefined,
      words: `one CPU only: servers and engine share it, and every figure contains both${elsewhere}`,
    };
  return {
    serverCpu,
    engineCpu,
    words: `servers on CPU ${serverCpu}, load engine on CPU ${engineCpu}${elsewhere}`,
  };
}

export function availableCpus(): number[] {
  return getAffinity(0);
}

/** Runs `start` with this process on one CPU, which what it starts inherits, and takes the old CPUs back. */
export function startedOn<T>(cpu: number | undefined, start: () => T): T {
  if (cpu === undefined) return start();
  const before = getAffinity(0);
  setAffinity(0, [cpu]);
  try {
    return start();
  } finally {
    setAffinity(0, before);
  }
}
