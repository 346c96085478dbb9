/**
 * Where every datagram went: sent = received + late + dropped at either socket + sends that the server counted as failed.
 *
 * A fresh server is used, because it tells its counts for its whole life in its last log line (docs/contract.md section 10).
 */
import type { DatagramCounts } from '../native/load.ts';
import { socketTable } from '../native/sockets.ts';

export interface DatagramBalance extends DatagramCounts {
  window: number;
  /** Dropped by the kernel at the server's socket. */
  droppedThere: number;
  /** As the server counted them at its exit; undefined when it does not tell. */
  server?: { received: number; sent: number; failed: number };
  /** What no counter explains; 0 when the books are right. */
  unexplained: number;
}

const EXIT_LINE = /^event=exit\b.*\breceived=(\d+) sent=(\d+) failed=(\d+)/m;

/** The counts of a UDP server's last log line. */
export function serverCounts(stderr: string): DatagramBalance['server'] {
  const [, received, sent, failed] = EXIT_LINE.exec(stderr) ?? [];
  if (received === undefined) return undefined;
  return { received: Number(received), sent: Number(sent), failed: Number(failed) };
}

/** Datagrams that the kernel dropped at the UDP sockets that are bound to this port. */
export function dropsAtPort(port: number): number {
  return socketTable(port)
    .filter((entry) => entry.transport === 'udp' && entry.local.port === port)
    .reduce((sum, entry) => sum + entry.drops, 0);
}

/** Closes the books of one run. */
export function balance(
  window: number,
  counts: DatagramCounts,
  droppedThere: number,
  server: DatagramBalance['server'],
): DatagramBalance {
  const explained = counts.received + counts.late + counts.droppedHere + droppedThere + (server?.failed ?? 0);
  const books = { ...counts, window, droppedThere, unexplained: counts.sent - explained };
  return server ? { ...books, server } : books;
}
