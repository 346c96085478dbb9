// What leaves a connection: gathered for one system call, then pending for as long as the kernel takes no more.
//
// For net/connection only; a program calls write() and the others through connection.ts.
// Mirrors servers-c/net/connection/output.h.

import type { Connection } from '../connection.ts';
import type { Connections } from '../connections.ts';
import * as gather from '../gather.ts';
import * as handle from '../handle.ts';
import * as queue from '../pending.ts';
import * as ending from './ending.ts';
import * as interest from './interest.ts';

// ---- gather ----

/**
 * Gathers `bytes[start .. end)` for the peer. They are not copied and must stay as they are until flush().
 * Everything gathered leaves with one system call; only what the kernel does not take is copied.
 */
export function write<State>(connection: Connection<State>, bytes: Buffer, start: number, end: number): void {
  gather.add(gatherFor(connection, 0), bytes, start, end);
}

/** The same for the first bytes of a buffer in which small replies (at most REPLY_BYTES) are put together: they are copied. */
export function writeCopy<State>(connection: Connection<State>, bytes: Buffer, length: number): void {
  const gathered = gatherFor(connection, length);
  const offset = gather.reserve(gathered, length);
  bytes.copy(gathered.replies, offset, 0, length);
  gather.add(gathered, gathered.replies, offset, offset + length);
}

/**
 * Sends what was gathered. Called after every handler too, so that a program needs it only in its own timers, and to
 * learn what is left.
 */
export function flush<State>(connection: Connection<State>): void {
  if (connection.set.writer === connection) flushSet(connection.set);
}

// The worker's one gather, for this connection, with room for a slice and `length` bytes.
function gatherFor<State>(connection: Connection<State>, length: number): gather.Gather {
  const set = connection.set;
  if (set.writer !== connection || !gather.hasRoom(set.gather, length)) flushSet(set);
  set.writer = connection;
  return set.gather;
}

// A socket that Node has destroyed has given its descriptor back: the number may be another connection's by now.
function flushSet<State>(set: Connections<State>): void {
  const { writer } = set;
  if (writer === null) return;
  if (writer.phase === 'open' && !writer.socket.destroyed) sendGathered(writer, set.gather);
  dropGathered(set);
}

function dropGathered<State>(set: Connections<State>): void {
  set.writer = null;
  gather.clear(set.gather);
}

// Sends what is gathered and keeps what the kernel leaves. Behind bytes that wait already, all of it waits.
function sendGathered<State>(connection: Connection<State>, gathered: gather.Gather): void {
  if (gathered.length === 0) return;
  const mayTry = connection.sendingBytes === 0 && connection.fd !== handle.NO_DESCRIPTOR;
  const sent = mayTry ? gather.send(gathered, connection.fd) : 0;
  if (sent < 0) {
    ending.close(connection, 'lost');
    return;
  }
  if (sent < gathered.length) send(connection, gather.save(gathered, sent));
}

// ---- pending ----

/** Bytes that wait for the peer to read: gathered, or refused by the kernel so far. */
export function pending<State>(connection: Connection<State>): number {
  const set = connection.set;
  const gathered = set.writer === connection ? set.gather.length : 0;
  return connection.sendingBytes + connection.pending.length + gathered;
}

// The socket has one write at a time; what comes meanwhile is kept in one piece.
function send<State>(connection: Connection<State>, bytes: Buffer): void {
  if (connection.sendingBytes > 0) {
    queue.append(connection.pending, bytes);
    return;
  }
  connection.sendingBytes = bytes.length;
  connection.socket.write(bytes, (error) => sent(connection, error));
  connection.queuedBytes = handle.queuedBytes(connection.socket);
}

function sent<State>(connection: Connection<State>, error: Error | null | undefined): void {
  connection.sendingBytes = 0;
  if (connection.phase === 'closed' || (error !== null && error !== undefined)) return;
  interest.touch(connection);
  if (connection.pending.length > 0) send(connection, queue.take(connection.pending));
  else if (connection.phase === 'finishing') ending.sendFin(connection);
  else awaitRoom(connection);
}

/** Asks for onRoom in the next turn in which the kernel takes bytes, though nothing may be pending. */
export function awaitRoom<State>(connection: Connection<State>): void {
  if (connection.awaitsRoom || connection.sendingBytes > 0) return;
  connection.awaitsRoom = true;
  setImmediate(hasRoom, connection);
}

function hasRoom<State>(connection: Connection<State>): void {
  connection.awaitsRoom = false;
  if (connection.phase !== 'open' || connection.sendingBytes > 0) return;
  connection.set.handlers.onRoom(connection);
  flush(connection);
}

/** True when bytes of one large write have left since we last looked: it takes a long time until it is done. */
export function hasMoved<State>(connection: Connection<State>): boolean {
  if (connection.sendingBytes === 0) return false;
  const before = connection.queuedBytes;
  connection.queuedBytes = handle.queuedBytes(connection.socket);
  return connection.queuedBytes !== before;
}

/** Drops what is gathered and what is pending. */
export function drop<State>(connection: Connection<State>): void {
  if (connection.set.writer === connection) dropGathered(connection.set);
  queue.clear(connection.pending);
}
