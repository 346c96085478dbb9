// Connections: one accepted TCP stream each, from open to close, with the program's handlers in between.
//
// What the bytes mean and when to stop reading is the program's business. A connection is open, then finishing (what
// is pending leaves, input is discarded), then lingering (our FIN is sent, input is discarded until the peer's), then
// closed. The folder connection/ holds its parts: input, output, interest, ending.
// Mirrors servers-c/net/connection.h.

import type { Socket } from 'node:net';
import * as ending from './connection/ending.ts';
import * as input from './connection/input.ts';
import * as interest from './connection/interest.ts';
import * as output from './connection/output.ts';
import type { Connections } from './connections.ts';
import { Deadline, stop } from './deadlines.ts';
import * as handle from './handle.ts';
import * as log from './log.ts';
import * as queue from './pending.ts';

// A program finds all that it may ask for here.
export { reset } from './connection/ending.ts';
export { pause, resume } from './connection/interest.ts';
export { awaitRoom, flush, pending, write, writeCopy } from './connection/output.ts';

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
  /** No byte has moved in either direction for --idle-timeout-ms. Asked again after as long. */
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
  paused = false; // by the program
  yields = false; // until the next turn
  awaitsRoom = false;
  peer: string | null = null; // asked for when it is first needed

  constructor(set: Connections<State>, accepted: Socket) {
    this.set = set;
    this.state = set.handlers.newState();
    const adopted = handle.adopt(accepted, set.readBytes, (bytes, length, full) => {
      input.received(this, bytes, length, full);
    });
    this.socket = adopted.socket;
    this.fd = adopted.fd;
    this.socket.on('error', (error) => {
      this.reason = log.errorName(error);
      this.phase = 'closed';
    });
    this.socket.on('end', () => input.onPeerFin(this));
    this.socket.on('close', () => closed(this));
  }
}

// ---- what a program asks ----

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

/**
 * Sends what is pending, then FIN, then closes lingering. Input is discarded from now on. No handler but onClose
 * follows.
 */
export function finish<State>(connection: Connection<State>): void {
  output.flush(connection);
  if (connection.phase !== 'open') return;
  connection.phase = 'finishing';
  interest.resume(connection);
  if (output.pending(connection) === 0) ending.sendFin(connection);
}

// ---- events ----

function onDeadline<State>(connection: Connection<State>): void {
  if (connection.phase === 'lingering') {
    ending.close(connection, 'linger-time');
  } else if (output.hasMoved(connection)) {
    interest.touch(connection);
  } else if (connection.phase === 'finishing') {
    ending.reset(connection);
  } else {
    interest.touch(connection);
    connection.set.handlers.onIdle(connection);
    output.flush(connection);
  }
}

// ---- open and close ----

/** Takes an accepted, paused socket over. It is read from when open() returns. */
export function open<State>(set: Connections<State>, accepted: Socket): void {
  const connection = new Connection(set, accepted);
  set.members.add(connection);
  if (log.isShown('debug')) log.debug('open', { peer: peer(connection) });
  interest.touch(connection);
  set.handlers.onOpen?.(connection);
  output.flush(connection);
  connection.socket.resume();
}

function closed<State>(connection: Connection<State>): void {
  const set = connection.set;
  connection.phase = 'closed';
  stop(connection.deadline);
  output.drop(connection);
  set.members.delete(connection);
  set.handlers.onClose?.(connection);
  if (log.isShown('debug')) log.debug('close', { peer: peer(connection), reason: connection.reason });
  set.onClosed();
}
