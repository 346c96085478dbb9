/**
 * Keeps one core busy by a second process while checks run: a flake shows itself when the machine is slow.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { HarnessTrouble } from '../checks/run.ts';
import { contain, release } from '../leftovers.ts';

const PROGRAM = join(import.meta.dirname, 'keep-core-busy.ts');

/** Runs `work` beside a process that never sleeps; the process has ended when this resolves. */
export async function besideBusyCore<T>(work: () => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [PROGRAM, String(process.pid)], { detached: true, stdio: 'ignore' });
  const { pid } = child;
  if (pid === undefined) throw new HarnessTrouble('cannot start the process that keeps a core busy');
  contain(pid);
  const ended = once(child, 'exit');
  const early = ended.then(() => {
    throw new HarnessTrouble('the process that keeps a core busy ended early');
  });
  try {
    return await Promise.race([work(), early]);
  } finally {
    early.catch(() => {});
    child.kill('SIGKILL');
    await ended;
    release(pid);
  }
}
