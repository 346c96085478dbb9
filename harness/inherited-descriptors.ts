/**
 * Descriptors that whoever called this process left open: a shell, a CI agent, an editor.
 *
 * Every server would inherit them, and they would count as its own: in what a student reads, and against its limit of descriptors.
 * At its start Node marks descriptors as close-on-exec only up to the first gap (`uv_disable_stdio_inheritance` of libuv), and a
 * program can mark none: what is left is closed.
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC of <fcntl.h>, which Node does not export: it opens everything with it. */
const CLOSE_ON_EXEC = 0o2000000;
const STDERR = 2;

/** Closes all but stdin, stdout and stderr that a child would inherit. For the first lines of a program: nothing uses them yet. */
export function closeInheritedDescriptors(): void {
  for (const fd of readdirSync('/proc/self/fd').map(Number)) {
    if (fd > STDERR && isInheritable(fd)) closeSync(fd);
  }
}

/** False also for the descriptor with which the list was read: it is closed by now. */
function isInheritable(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false;
  }
}
