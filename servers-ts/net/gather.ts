// Slices on their way to one socket with one system call, however many replies they hold.
//
// Slices that lie side by side become one. Nothing is copied but what the kernel did not take. It does not know
// whose slices they are: that is the business of connection/output.ts.
// Mirrors servers-c/net/gather.h.

import * as handle from './handle.ts';

/** Slices in one system call; the kernel's own limit is 1,024. */
export const GATHER_SLICES = 256;

/** Room for small replies that are put together rather than passed through. */
export const GATHER_REPLY_BYTES = 65536;

/** Slices in order, in three arrays that are allocated once. */
export class Gather {
  count = 0;
  length = 0; // bytes in all slices
  reserved = 0;
  readonly replies = Buffer.allocUnsafeSlow(GATHER_REPLY_BYTES);
  readonly bytes: Buffer[] = new Array<Buffer>(GATHER_SLICES).fill(this.replies);
  readonly starts = new Array<number>(GATHER_SLICES).fill(0);
  readonly ends = new Array<number>(GATHER_SLICES).fill(0);
}

/** True when there is room for one more slice, and for a reply of `length` bytes. */
export function hasRoom(gather: Gather, length: number): boolean {
  return gather.count < GATHER_SLICES && gather.reserved + length <= GATHER_REPLY_BYTES;
}

/** Adds a slice, whose bytes must stay until clear(). */
export function add(gather: Gather, bytes: Buffer, start: number, end: number): void {
  const last = gather.count - 1;
  gather.length += end - start;
  if (last >= 0 && gather.ends[last] === start && gather.bytes[last] === bytes) {
    gather.ends[last] = end;
    return;
  }
  gather.bytes[gather.count] = bytes;
  gather.starts[gather.count] = start;
  gather.ends[gather.count] = end;
  gather.count += 1;
}

/** Room for a reply in `gather.replies`, after hasRoom() said so. Returns its offset. */
export function reserve(gather: Gather, length: number): number {
  const offset = gather.reserved;
  gather.reserved += length;
  return offset;
}

/** Sends with one call. Returns how many bytes the kernel took, 0 when it takes none now, -1 when the peer is lost. */
export function send(gather: Gather, fd: number): number {
  if (gather.count > 1) return handle.sendSlices(fd, slices(gather));
  const [bytes, start, end] = [gather.bytes[0], gather.starts[0], gather.ends[0]];
  return handle.send(fd, bytes as Buffer, start as number, end as number);
}

/** A copy of what is left after the first `sent` bytes. */
export function save(gather: Gather, sent: number): Buffer {
  const rest = Buffer.allocUnsafeSlow(gather.length - sent);
  let skip = sent;
  let filled = 0;
  for (const slice of slices(gather)) {
    filled += skip < slice.length ? slice.copy(rest, filled, skip) : 0;
    skip = Math.max(0, skip - slice.length);
  }
  return rest;
}

/** Forgets all slices, and lets go of their memory. */
export function clear(gather: Gather): void {
  for (let i = 0; i < gather.count; i++) gather.bytes[i] = gather.replies;
  gather.count = 0;
  gather.length = 0;
  gather.reserved = 0;
}

function slices(gather: Gather): Buffer[] {
  const views: Buffer[] = [];
  for (let i = 0; i < gather.count; i++) {
    views.push((gather.bytes[i] as Buffer).subarray(gather.starts[i], gather.ends[i]));
  }
  return views;
}
