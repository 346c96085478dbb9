/**
 * Sees to it that no session which the harness started outlives it: not after an error, not after Ctrl-C.
 *
 * SIGKILL of the harness itself cannot be handled; in the arena the kernel then ends everything (arena.ts).
 */
import { livingWithEnvironment, signalAll, signalSession } from './process-tree.ts';

/** By session: the mark in the environment of its processes, where there is one. */
const sessions = new Map<number, string | undefined>();
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let installed = false;

/**
 * From now on every process of the session is killed when the harness ends, and every one that has this assignment in its
 * environment.
 */
export function contain(session: number, mark?: string): void {
  sessions.set(session, mark);
  install();
}

/** The session is known to be empty: its number may soon belong to a stranger. */
export function release(session: number): void {
  sessions.delete(session);
}

function killAll(): void {
  for (const [session, mark] of sessions) {
    signalSession(session, 'SIGKILL');
    if (mark !== undefined) signalAll(livingWithEnvironment(mark), 'SIGKILL');
  }
}

function install(): void {
  if (installed) return;
  installed = true;
  process.on('exit', killAll);
  for (const name of ENDING_SIGNALS) process.on(name, onSignal);
}

/**
 * A listener for a signal takes away its default action, which is to end the process. Where the command line
 * listens as well, it decides when to end, and 'exit' follows; otherwise the default action is restored and
 * taken.
 */
function onSignal(name: NodeJS.Signals): void {
  if (process.listenerCount(name) > 1) return;
  killAll();
  process.removeListener(name, onSignal);
  process.kill(process.pid, name);
}
