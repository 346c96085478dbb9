// What a connection waits for: input, and the end of its idle time. Room in the kernel the socket waits for by itself.
//
// For net/connection only. It reads and writes nothing. Mirrors servers-c/net/connection/interest.h.

import type { Connection } from '../connection.ts';

/** A byte has moved, or the idle time is over: it begins anew. */
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

/** Lets the others come first: what a read that filled the buffer left is read in the next turn. Called after a read only. */
export function yieldTurn<State>(connection: Connection<State>): void {
  connection.yields = true;
  connection.socket.pause();
  setImmediate(takeTurn, connection);
}

function takeTurn<State>(connection: Connection<State>): void {
  connection.yields = false;
  if (!connection.paused && connection.phase !== 'closed') connection.socket.resume();
}
