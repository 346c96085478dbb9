/**
 * How large the receive buffers of TCP sockets are that are created from now on in the arena.
 *
 * Small ones, so that backpressure shows after kilobytes. But what a server does when a single read fills its own buffer shows only
 * with large ones, which is what it meets outside.
 */
import { writeFileSync } from 'node:fs';

/** Least, first, most bytes: tcp(7), tcp_rmem. */
const SIZES = { small: '4096 16384 65536', large: '4096 1048576 1048576' } as const;

export function setReceiveBuffers(size: keyof typeof SIZES): void {
  writeFileSync('/proc/sys/net/ipv4/tcp_rmem', SIZES[size]);
}
