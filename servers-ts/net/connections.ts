// The connections of one worker: added within the limit, drained and closed together.
//
// For net only; a program uses connection.ts. Mirrors servers-c/net/connections.h.

import type { Socket } from 'node:net';
import * as ending from './connection/ending.ts';
import type { Connection, Handlers } from './connection.ts';
import * as connection from './connection.ts';
import { Deadlines } from './deadlines.ts';
import { Gather } from './gather.ts';
import * as log from './log.ts';
import type { Options } from './options.ts';

/** One read takes at most this much, and a connection gets one read per turn: no peer can keep the others waiting. */
export const READ_BYTES = 262144;

/** How often a refusal is logged at most. */
export const REFUSAL_LOG_INTERVAL_MS = 1000;

/** The connections of one worker and what they share. */
export class Connections<State> {
  readonly options: Options;
  readonly handlers: Handlers<State>;
  readonly limit: number; // this worker's share of --max-connections
  readonly readBytes: number;
  readonly members = new Set<Connection<State>>();
  readonly idle = new Deadlines();
  readonly lingering = new Deadlines();
  readonly gather = new Gather();
  writer: Connection<State> | null = null; // whose slices are gathered
  refusalLoggedMs = Number.NEGATIVE_INFINITY;
  onClosed: () => void = () => {};

  constructor(options: Options, handlers: Handlers<State>, limit: number) {
    this.options = options;
    this.handlers = handlers;
    this.limit = limit;
    this.readBytes = Math.min(READ_BYTES, options.maxPendingBytes);
  }
}

/** A worker's connections; `limit` is its share of --max-connections. */
export function open<State>(options: Options, handlers: Handlers<State>, limit: number): Connections<State> {
  return new Connections(options, handlers, limit);
}

/** Closes every connection as it is. */
export function close<State>(set: Connections<State>): void {
  for (const member of set.members) ending.close(member, 'stop');
}

/** Takes an accepted, paused socket over, or refuses it above the limit. */
export function add<State>(set: Connections<State>, accepted: Socket): void {
  if (set.members.size >= set.limit) {
    refuse(set, accepted);
    return;
  }
  connection.open(set, accepted);
}

/** Calls onDrain for every connection that is still open. */
export function drain<State>(set: Connections<State>): void {
  for (const member of set.members) {
    if (connection.isEnding(member)) continue;
    set.handlers.onDrain(member);
    connection.flush(member);
  }
}

/** How many are open. */
export function count<State>(set: Connections<State>): number {
  return set.members.size;
}

/** True while any connection has bytes pending or its program owes a reply. */
export function owe<State>(set: Connections<State>): boolean {
  for (const member of set.members) {
    if (connection.pending(member) > 0) return true;
    if (!connection.isEnding(member) && set.handlers.owes(member)) return true;
  }
  return false;
}

/** Called after each connection that has closed. */
export function onClosed<State>(set: Connections<State>, listener: () => void): void {
  set.onClosed = listener;
}

// Best effort: what the kernel does not take at once is lost, as is what the peer does not read before our close.
function refuse<State>(set: Connections<State>, accepted: Socket): void {
  const now = performance.now();
  if (now - set.refusalLoggedMs >= REFUSAL_LOG_INTERVAL_MS) {
    set.refusalLoggedMs = now;
    const refused = log.address(accepted.remoteAddress ?? '', accepted.remotePort ?? 0);
    log.info('limit', { reason: 'max-connections', connections: set.members.size, peer: refused });
  }
  accepted.on('error', () => {});
  accepted.end(set.handlers.refusal ?? '', () => accepted.destroy());
}
