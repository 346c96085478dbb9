/**
 * A pipe that is full and that nobody reads: what stderr is when a log collector hangs.
 *
 * The pipes that Node opens for a child are sockets, and the harness reads them; this one is a FIFO without a name. It is full before
 * the server starts, so that no luck decides which of its lines is the first that finds no room.
 */
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One page: pipes are filled by the page. */
const PIECE = Buffer.alloc(4096);

export interface FullPipe {
  /** For the child, with blocking writes as programs find them; close it when the child has it. */
  readonly writer: number;
  /** Never read. Once it is closed, the child gets EPIPE instead of waiting. */
  readonly reader: number;
}

/** Two descriptors, which the caller closes. */
export function openFullPipe(): FullPipe {
  const folder = mkdtempSync(join(tmpdir(), 'full-pipe-'));
  const path = join(folder, 'fifo');
  try {
    execFileSync('mkfifo', [path]);
    // Both ways, so that it opens without anybody at the other end. O_NONBLOCK stays with this descriptor.
    const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    fill(reader);
    return { writer, reader };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function fill(fd: number): void {
  try {
    while (writeSync(fd, PIECE) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
}
