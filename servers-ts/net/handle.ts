// The fast path: what this server knows of Node's insides, all of it.
//
// Reading: an ordinary socket gets a new buffer with every 'data' event. Here all sockets of a thread read into one
// buffer. `new net.Socket({ onread })` does that in public, but net.Server gives no such option to the sockets that it
// accepts, and a second socket for each would cost a fifth of the connections per second. So the members that `onread`
// sets are set on the accepted socket.
// Writing: `socket.write` builds a request and a tick for every call. Here bytes go to the descriptor by
// fs.writeSync, which takes what the kernel takes now; that is what makes one read buffer safe: nothing that is
// still to be sent points into it. Where an internal is missing, all of it falls back to the public interface.
// Only in TypeScript: C reads and writes descriptors to begin with.

import * as fs from 'node:fs';
import * as net from 'node:net';

/** What an ordinary socket reads at most at once. */
const PLAIN_READ_BYTES = 65536;

/** Not a descriptor: write with the socket's own write(). */
export const NO_DESCRIPTOR = -1;

/** Gets the bytes of each read, which are valid until it returns; `full` when there may be more at once. */
export type OnBytes = (bytes: Buffer, length: number, full: boolean) => void;

/** A socket ready to be read, paused, and the descriptor for writing or NO_DESCRIPTOR. */
export interface Adopted {
  socket: net.Socket;
  fd: number;
}

// What is used of `socket._handle` (a TCPWrap); none of it is public.
interface Handle {
  fd: number;
  writeQueueSize: number;
  useUserBuffer(buffer: Buffer): void;
}

// The members that `onread` sets. They are named by symbols that only a socket itself can show.
interface ReadMembers {
  buffer: symbol;
  callback: symbol;
}

const READ_MEMBERS = findReadMembers();

// One for all connections of this thread: a read is handled to its end before the next begins.
let readBuffer: Buffer | null = null;

/**
 * Prepares a socket that was accepted with `pauseOnConnect`, to read at most `readBytes` at once. With
 * SERVERS_TS_READ_PATH=plain in the environment, or without the internals, it is read as any other socket.
 */
export function adopt(socket: net.Socket, readBytes: number, onBytes: OnBytes): Adopted {
  const handle = handleOf(socket);
  if (handle === null || READ_MEMBERS === null || process.env.SERVERS_TS_READ_PATH === 'plain')
    return adoptPlain(socket, onBytes);
  if (readBuffer?.length !== readBytes) readBuffer = Buffer.allocUnsafeSlow(readBytes);
  const members = socket as unknown as Record<symbol, unknown>;
  members[READ_MEMBERS.buffer] = readBuffer;
  members[READ_MEMBERS.callback] = (length: number, bytes: Uint8Array): boolean => {
    onBytes(bytes as Buffer, length, length === readBytes);
    return true;
  };
  handle.useUserBuffer(readBuffer);
  return { socket, fd: handle.fd };
}

/** Bytes that the kernel has not taken yet of what was given to write(). */
export function queuedBytes(socket: net.Socket): number {
  return handleOf(socket)?.writeQueueSize ?? socket.writableLength;
}

/**
 * Writes to the descriptor of an adopted socket that has nothing queued. Returns how many bytes the kernel took, 0
 * when it takes none now, -1 when the connection is lost.
 */
export function send(fd: number, bytes: Buffer, start: number, end: number): number {
  try {
    return fs.writeSync(fd, bytes, start, end - start, null);
  } catch (cause) {
    return isFullNow(cause) ? 0 : -1;
  }
}

/** The same one call for several slices. */
export function sendSlices(fd: number, slices: Buffer[]): number {
  try {
    return fs.writevSync(fd, slices);
  } catch (cause) {
    return isFullNow(cause) ? 0 : -1;
  }
}

function isFullNow(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN';
}

function adoptPlain(socket: net.Socket, onBytes: OnBytes): Adopted {
  socket.on('data', (bytes: Buffer) => onBytes(bytes, bytes.length, bytes.length >= PLAIN_READ_BYTES));
  socket.pause();
  return { socket, fd: NO_DESCRIPTOR };
}

// Looked for by what `onread` does to a socket, not by a version of Node: what is not there, or is there twice, is not used.
function findReadMembers(): ReadMembers | null {
  const buffer = Buffer.alloc(1);
  const callback = (): boolean => true;
  const probe = new net.Socket({ onread: { buffer, callback } });
  const members = probe as unknown as Record<symbol, unknown>;
  const holding = (value: unknown): symbol[] =>
    Object.getOwnPropertySymbols(probe).filter((symbol) => members[symbol] === value);
  const [buffers, callbacks] = [holding(buffer), holding(callback)];
  probe.destroy();
  if (buffers.length !== 1 || callbacks.length !== 1) return null;
  return { buffer: buffers[0] as symbol, callback: callbacks[0] as symbol };
}

// Every member that is used is looked at: an internal that was renamed must not be found out in mid-flight.
function handleOf(socket: net.Socket): Handle | null {
  const handle = (socket as unknown as { _handle?: Partial<Handle> | null })._handle;
  const known =
    typeof handle?.fd === 'number' &&
    handle.fd >= 0 &&
    typeof handle.writeQueueSize === 'number' &&
    typeof handle.useUserBuffer === 'function';
  return known ? (handle as Handle) : null;
}
