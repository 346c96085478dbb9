/**
 * Ctrl-C for commands that have something to show: the first signal ends the work in order, the second one at once.
 */
import { constants } from 'node:os';
import { ExitCode } from './exit-codes.ts';

/** Ctrl-C promises an end within 2 s, whatever a server or a tracer does. */
const FORCED_END_MS = 1700;

/** Aborts at the first SIGINT or SIGTERM. Returns a function that gives the number of the signal that came, 0 before. */
export function endOnSignals(interrupted: AbortController): () => number {
  let number = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      const exitCode = ExitCode.signalBase + constants.signals[name];
      if (interrupted.signal.aborted) process.exit(exitCode);
      number = constants.signals[name];
      interrupted.abort();
      setTimeout(() => process.exit(exitCode), FORCED_END_MS).unref();
    });
  return () => number;
}
