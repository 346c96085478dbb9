// How a connection ends: our FIN, the lingering close, and the moment when it counts as closed.
//
// For net/connection only. What is still to be sent is output's business, and what belongs to the connection is let go
// in connection.ts, when Node has closed the descriptor. Mirrors servers-c/net/connection/ending.h.

import type { Connection } from '../connection.ts';
import { stop } from '../deadlines.ts';

/** What a lingering close discards before it gives up (docs/contract.md section 5). */
export const LINGER_BYTES = 16777216;

// ---- close ----

/** Closes it as it is. Nothing is called for it any more but onClose, when Node has closed the descriptor. */
export function close<State>(connection: Connection<State>, reason: string): void {
  if (connection.phase === 'closed') return;
  connection.reason = reason;
  connection.phase = 'closed';
  connection.socket.destroy();
}

/** Closes with RST. Pending bytes are lost. No handler but onClose follows. */
export function reset<State>(connection: Connection<State>): void {
  if (connection.phase === 'closed') return;
  connection.reason = 'reset';
  connection.phase = 'closed';
  connection.socket.resetAndDestroy();
}

// ---- lingering close ----

/** Everything has left: our FIN. Where the peer's is here already, Node closes by itself after it. */
export function sendFin<State>(connection: Connection<State>): void {
  const set = connection.set;
  stop(connection.deadline);
  connection.phase = 'lingering';
  connection.socket.end();
  if (connection.discardedBytes > LINGER_BYTES) close(connection, 'linger-bytes');
  else set.lingering.start(connection.deadline, performance.now() + set.options.lingerMs);
}

/** Input after the end is read so that closing does not send RST, but not for ever. */
export function discard<State>(connection: Connection<State>, length: number): void {
  connection.discardedBytes += length;
  if (connection.discardedBytes <= LINGER_BYTES) return;
  if (connection.phase === 'lingering') close(connection, 'linger-bytes');
  else connection.socket.pause(); // until what is pending has left
}
