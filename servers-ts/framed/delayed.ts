// The DELAYs of a connection: held until they are due, then sent.
//
// The order is wire/delays' business; here is the clock. Whether a DELAY may be held is decided by answer.
// Mirrors servers-c/framed/delayed.h.

import * as connection from '../net/connection.ts';
import * as delays from '../wire/delays.ts';
import * as frame from '../wire/frame.ts';
import * as flow from './flow.ts';
import type { Peer } from './session.ts';
import * as session from './session.ts';

/** Lets the earliest DELAY wake us. */
function awaitFirst(peer: Peer): void {
  const state = peer.state;
  const dueMs = delays.first(state.delays)?.dueMs;
  if (state.nextDelay !== null && dueMs === state.nextDelayMs) return;
  if (state.nextDelay !== null) clearTimeout(state.nextDelay);
  state.nextDelay = null;
  if (dueMs === undefined) return;
  state.nextDelayMs = dueMs;
  state.nextDelay = setTimeout(onDue, Math.max(1, Math.ceil(dueMs - performance.now())), peer);
}

function onDue(peer: Peer): void {
  peer.state.nextDelay = null;
  sendDue(peer);
  flow.settle(peer);
}

/** All that are due leave together. They do not wait for their turn: that is what the ids are for. */
export function sendDue(peer: Peer): void {
  const held = peer.state.delays;
  const nowMs = performance.now(); // Node's timers may be early by a part of a millisecond
  for (let due = delays.first(held); due !== undefined && due.dueMs <= nowMs; due = delays.first(held)) {
    connection.write(peer, due.frame, 0, due.frame.length);
    delays.take(held);
  }
  awaitFirst(peer);
}

/** The request that was stored becomes the reply, in place: its header moves over the milliseconds. */
export function hold(peer: Peer, request: frame.Header, ms: number): void {
  const bytes = session.takeRequest(peer.state).subarray(frame.DELAY_PREFIX_BYTES);
  frame.encode(bytes, 0, bytes.length - frame.HEADER_BYTES, frame.TYPE_DELAY_REPLY, 0, request.id);
  delays.add(peer.state.delays, performance.now() + ms, bytes);
  awaitFirst(peer);
}

/** Drops all that are outstanding. */
export function drop(peer: Peer): void {
  delays.clear(peer.state.delays);
  awaitFirst(peer);
}
