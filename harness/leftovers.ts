/**
 * Sees to it that no session which the harness started outlives it: not after an error, not after Ctrl-C.
 *
 * SIGKILL of the harness itself cannot be handled; in the arena the kernel then ends everything (arena.ts).
 */
import { signalSession } from './process-tree.ts';

const sessions = new Set<number>();
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let installed = false;

/** From now on every process of the session is killed when the harness ends. */
export function contain(session: number): void {
  sessions.add(session);
  install();
}

/** The session is known to be empty: its number may soon belong to a stranger. */
export function release(session: number): void {
  sessions.delete(session);
}

function killAll(): void {
  for (const session of sessions) signalSession(session, 'SIGKILL');
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
