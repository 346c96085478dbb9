// Connections: one accepted TCP stream each, from open to close, with the program's handlers in between.
//
// Here live reading within a budget, gathered writing, what waits for a slow peer, half-close, lingering close,
// idle time. What the bytes mean and when to stop reading is the program's business.
// A connection is open, then finishing (what is pending leaves, input is discarded), then lingering (our FIN is
// sent, input is discarded until the peer's), then closed. Mirrors servers-c/net/connection.h.

import type { Socket } from 'node:net';
import type { Connections } from './connections.ts';
import { Deadline, stop } from './deadlines.ts';
import * as gather from './gather.ts';
import * as handle from './handle.ts';
import * as log from './log.ts';
import * as queue from './pending.ts';

/** One read takes at most this much, and a connection gets one read per turn: no peer can keep the others waiting. */
export const READ_BYTES = 262144;

/** What a lingering close discards before it gives up (docs/contract.md section 5). */
export const LINGER_BYTES = 16777216;

/** The largest reply for writeCopy(), for the program to keep to.
 * @public */
export const REPLY_BYTES = 256;

/** What a program does with its connections. */
export interface Handlers<State> {
  /** The program's own state of a new connection. */
  newState(): State;
  onOpen?(connection: Connection<State>): void;
  /** The first `length` bytes came. They may be changed in place, and written from, until the handler returns. */
  onRead(connection: Connection<State>, bytes: Buffer, length: number): void;
  /** The peer's FIN: nothing more will be read. Ours is sent by finish(). */
  onEnd(connection: Connection<State>): void;
  /** Nothing is pending any more, or the turn that awaitRoom() asked for has come. */
  onRoom(connection: Connection<State>): void;
  /** No byte has moved in either direction for --idle-timeout-ms. */
  onIdle(connection: Connection<State>): void;
  /** The server stops: finish what is owed, then call finish(). */
  onDrain(connection: Connection<State>): void;
  /** The last call. What the program holds for the connection is let go here. */
  onClose?(connection: Connection<State>): void;
  /** True while the protocol still owes a reply that is not yet written; pending bytes are known without it. */
  owes(connection: Connection<State>): boolean;
  /** Sent, best effort, to a connection above --max-connections. */
  readonly refusal?: Buffer;
}

type Phase = 'open' | 'finishing' | 'lingering' | 'closed';

/** One accepted TCP stream. Programs use `state` and the functions of this file, and leave the rest alone. */
export class Connection<State> {
  readonly state: State;
  readonly set: Connections<State>;
  readonly socket: Socket;
  readonly fd: number;
  readonly pending = new queue.Pending();
  readonly deadline = new Deadline(() => onDeadline(this)); // idle; then the end of lingering
  sendingBytes = 0; // given to the socket, not yet taken by the kernel
  queuedBytes = 0; // of these, when we last looked
  discardedBytes = 0; // of input, since it began to end
  phase: Phase = 'open';
  reason = 'done'; // why it closes, for the log
  ended = false; // the peer's FIN was read
  paused = false; // by the program
  yields = false; // until the next turn
  awaitsRoom = false;
  peer: string | null = null; // asked for when it is first needed

  constructor(set: Connections<State>, accepted: Socket) {
    this.set = set;
    this.state = set.handlers.newState();
    const adopted = handle.adopt(accepted, set.readBytes, (bytes, length, full) => {
      received(this, bytes, length, full);
    });
    this.socket = adopted.socket;
    this.fd = adopted.fd;
    this.socket.on('error', (error) => {
      this.reason = log.errorName(error);
      this.phase = 'closed';
    });
    this.socket.on('end', () => onPeerFin(this));
    this.socket.on('close', () => closed(this));
  }
}

// ---- what a program asks ----

/** Bytes that wait for the peer to read: gathered, or refused by the kernel so far. */
export function pending<State>(connection: Connection<State>): number {
  const set = connection.set;
  const gathered = set.writer === connection ? set.gather.length : 0;
  return connection.sendingBytes + connection.pending.length + gathered;
}

/** True after finish() or reset(), and once the peer is lost. */
export function isEnding<State>(connection: Connection<State>): boolean {
  return connection.phase !== 'open';
}

/** "127.0.0.1:55002" or "[::1]:55002". */
export function peer<State>(connection: Connection<State>): string {
  const { remoteAddress = '', remotePort = 0 } = connection.socket;
  connection.peer ??= log.address(remoteAddress, remotePort);
  return connection.peer;
}

/** Something happened that counts as a byte moved: the idle time begins anew. */
export function touch<State>(connection: Connection<State>): void {
  if (connection.phase === 'lingering' || connection.phase === 'closed') return;
  const set = connection.set;
  set.idle.start(connection.deadline, performance.now() + set.options.idleTimeoutMs);
}

/** Stops reading. May be called again. */
export function pause<State>(connection: Connection<State>): void {
  if (connection.phase !== 'open' || connection.paused) return;
  connection.paused = true;
  connection.socket.pause();
}

/** Begins to read. May be called again. */
export function resume<State>(connection: Connection<State>): void {
  if (!connection.paused) return;
  connection.paused = false;
  if (!connection.yields) connection.socket.resume();
}

/** Asks for onRoom in the next turn in which the kernel takes bytes, though nothing may be pending. */
export function awaitRoom<State>(connection: Connection<State>): void {
  if (connection.awaitsRoom || connection.sendingBytes > 0) return;
  connection.awaitsRoom = true;
  setImmediate(hasRoom, connection);
}

// ---- close ----

/**
 * Sends what is pending, then FIN, then closes lingering. Input is discarded from now on. No handler but onClose
 * follows.
 */
export function finish<State>(connection: Connection<State>): void {
  flush(connection);
  if (connection.phase !== 'open') return;
  connection.phase = 'finishing';
  resume(connection);
  if (pending(connection) === 0) sendFin(connection);
}

/** Closes with RST. Pending bytes are lost. No handler but onClose follows. */
export function reset<State>(connection: Connection<State>): void {
  if (connection.phase === 'closed') return;
  connection.reason = 'reset';
  connection.phase = 'closed';
  connection.socket.resetAndDestroy();
}

// ---- for the set of connections ----

/** Takes an accepted, paused socket over. It is read from when open() returns. */
export function open<State>(set: Connections<State>, accepted: Socket): void {
  const connection = new Connection(set, accepted);
  set.members.add(connection);
  if (log.isShown('debug')) log.debug('open', { peer: peer(connection) });
  touch(connection);
  set.handlers.onOpen?.(connection);
  flush(connection);
  connection.socket.resume();
}

/** Closes it as it is. Nothing is called for it any more but onClose, when Node has closed the descriptor. */
export function close<State>(connection: Connection<State>, reason: string): void {
  if (connection.phase === 'closed') return;
  connection.reason = reason;
  connection.phase = 'closed';
  connection.socket.destroy();
}

// Everything has left: our FIN. Where the peer's is here already, Node closes by itself after it.
function sendFin<State>(connection: Connection<State>): void {
  const set = connection.set;
  stop(connection.deadline);
  connection.phase = 'lingering';
  connection.socket.end();
  if (connection.discardedBytes > LINGER_BYTES) close(connection, 'linger-bytes');
  else set.lingering.start(connection.deadline, performance.now() + set.options.lingerMs);
}

function closed<State>(connection: Connection<State>): void {
  const set = connection.set;
  connection.phase = 'closed';
  stop(connection.deadline);
  if (set.writer === connection) dropGathered(set);
  queue.clear(connection.pending);
  set.members.delete(connection);
  set.handlers.onClose?.(connection);
  if (log.isShown('debug')) log.debug('close', { peer: peer(connection), reason: connection.reason });
  set.onClosed();
}

// ---- write ----

/**
 * Gathers `bytes[start .. end)` for the peer. They are not copied and must stay as they are until flush().
 * Everything gathered leaves with one system call; only what the kernel does not take is copied.
 */
export function write<State>(connection: Connection<State>, bytes: Buffer, start: number, end: number): void {
  gather.add(gatherFor(connection, 0), bytes, start, end);
}

/** The same for a small reply (at most REPLY_BYTES) that is put together elsewhere: it is copied. */
export function writeCopy<State>(
  connection: Connection<State>,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const gathered = gatherFor(connection, end - start);
  const offset = gather.reserve(gathered, end - start);
  bytes.copy(gathered.replies, offset, start, end);
  gather.add(gathered, gathered.replies, offset, offset + end - start);
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
    close(connection, 'lost');
    return;
  }
  if (sent < gathered.length) send(connection, gather.save(gathered, sent));
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
  touch(connection);
  if (connection.pending.length > 0) send(connection, queue.take(connection.pending));
  else if (connection.phase === 'finishing') sendFin(connection);
  else awaitRoom(connection);
}

function hasRoom<State>(connection: Connection<State>): void {
  connection.awaitsRoom = false;
  if (connection.phase !== 'open' || connection.sendingBytes > 0) return;
  connection.set.handlers.onRoom(connection);
  flush(connection);
}

// ---- read ----

function received<State>(connection: Connection<State>, bytes: Buffer, length: number, full: boolean): void {
  if (connection.phase !== 'open') {
    discard(connection, length);
    return;
  }
  touch(connection);
  connection.set.handlers.onRead(connection, bytes, length);
  flush(connection);
  if (full) yieldTurn(connection);
}

// A read that filled the buffer would be followed by the next at once. The others come first.
function yieldTurn<State>(connection: Connection<State>): void {
  if (connection.yields || connection.phase === 'closed') return;
  connection.yields = true;
  connection.socket.pause();
  setImmediate(takeTurn, connection);
}

function takeTurn<State>(connection: Connection<State>): void {
  connection.yields = false;
  if (!connection.paused && connection.phase !== 'closed') connection.socket.resume();
}

// Input after the end is read so that closing does not send RST, but not for ever.
function discard<State>(connection: Connection<State>, length: number): void {
  connection.discardedBytes += length;
  if (connection.discardedBytes <= LINGER_BYTES) return;
  if (connection.phase === 'lingering') close(connection, 'linger-bytes');
  else connection.socket.pause(); // until what is pending has left
}

function onPeerFin<State>(connection: Connection<State>): void {
  connection.ended = true;
  if (connection.phase !== 'open') return; // Node closes once both sides have ended
  connection.set.handlers.onEnd(connection);
  flush(connection);
}

// ---- time ----

function onDeadline<State>(connection: Connection<State>): void {
  if (connection.phase === 'lingering') {
    close(connection, 'linger-time');
    return;
  }
  // One large write moves bytes for a long time before it is done.
  const queued = connection.sendingBytes > 0 ? handle.queuedBytes(connection.socket) : 0;
  if (queued !== connection.queuedBytes && connection.sendingBytes > 0) {
    connection.queuedBytes = queued;
    touch(connection);
    return;
  }
  if (connection.phase === 'finishing') {
    reset(connection);
    return;
  }
  touch(connection);
  connection.set.handlers.onIdle(connection);
  flush(connection);
}
