/**
 * Sees to it that no process group which the harness started outlives it: not after an error, not after
 * Ctrl-C.
 *
 * SIGKILL of the harness itself cannot be handled; in the arena the kernel then ends everything (arena.ts).
 */

const groups = new Set<number>();
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let installed = false;

/** From now on the group is killed when the harness ends. */
export function contain(group: number): void {
  groups.add(group);
  install();
}

/** The group is known to be empty: its number may soon belong to a stranger. */
export function release(group: number): void {
  groups.delete(group);
}

/** SIGKILL to every process of a group; nothing happens when it is empty. */
export function killGroup(group: number): void {
  kill(-group);
}

/** SIGKILL to one process; nothing happens when it is gone. */
export function killProcess(pid: number): void {
  kill(pid);
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL');
  } catch {
    // ESRCH: it has ended meanwhile, which is what was wanted.
  }
}

function killAll(): void {
  for (const group of groups) killGroup(group);
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
