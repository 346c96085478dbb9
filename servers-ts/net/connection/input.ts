// What comes in on a connection: one read per turn, so that what one peer can claim of a turn is bounded.
//
// For net/connection only. The reading itself is handle's business, whether it is done at all interest's.
// Mirrors servers-c/net/connection/input.h.

import type { Connection } from '../connection.ts';
import * as ending from './ending.ts';
import * as interest from './interest.ts';
import * as output from './output.ts';

/** Hands the first `length` bytes to the program, or discards them after the end; `full` when there may be more. */
export function received<State>(
  connection: Connection<State>,
  bytes: Buffer,
  length: number,
  full: boolean,
): void {
  if (connection.phase !== 'open') {
    ending.discard(connection, length);
    return;
  }
  interest.touch(connection);
  connection.set.handlers.onRead(connection, bytes, length);
  output.flush(connection);
  if (full) interest.yieldTurn(connection);
}

/** The peer's FIN was read. */
export function onPeerFin<State>(connection: Connection<State>): void {
  if (connection.phase !== 'open') return; // Node closes once both sides have ended
  connection.set.handlers.onEnd(connection);
  output.flush(connection);
}
