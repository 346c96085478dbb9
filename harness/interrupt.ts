/**
 * Ctrl-C for commands that have something to show: the first signal ends the work in order, the second one at once.
 */
import { constants } from 'node:os';
import { ExitCode } from './exit-codes.ts';

/** Ctrl-C promises an end within 2 s, whatever a server or a tracer does. */
const FORCED_END_MS = 1700;

/**
 * Does work that can be interrupted. After a SIGINT or SIGTERM the process ends as soon as the work has, with 128 and the number of the
 * signal as its exit code.
 * @param work ends early, and still shows what it has, once its signal is aborted
 */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  const exitCode = abortAtSignals(interrupted);
  await work(interrupted.signal);
  if (!interrupted.signal.aborted) return;
  // What finds no room in a pipe waits in this process, and process.exit() would drop it.
  await new Promise((written) => process.stdout.write('', written));
  // Servers may still run; all of them end with this process.
  process.exit(exitCode());
}

/** Waits for work that knows no signal; at an abort it is left where it stands. */
export async function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([work, aborted]);
}

/** Returns a function that gives the exit code after the signal that came. */
function abortAtSignals(interrupted: AbortController): () => number {
  let exitCode: number = ExitCode.signalBase;
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      const own = ExitCode.signalBase + constants.signals[name];
      if (interrupted.signal.aborted) process.exit(own);
      exitCode = own;
      interrupted.abort();
      setTimeout(() => process.exit(own), FORCED_END_MS).unref();
    });
  return () => exitCode;
}
