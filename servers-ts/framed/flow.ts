// What flows in and out at the end of a turn: waiting replies are produced as the peer reads, and reading stops while
// too much waits.
//
// Which replies there are is answer's business. Mirrors servers-c/framed/flow.h.

import * as connection from '../net/connection.ts';
import { Deadlines, stop } from '../net/deadlines.ts';
import * as replies from '../wire/replies.ts';
import type { Peer } from './session.ts';
import * as session from './session.ts';

/** What one GENERATE may produce per turn: a fast reader of a long stream does not keep the others waiting. */
export const GENERATE_TURN_BYTES = 262144;

/** The clocks of frames: one list for this worker, because all have the same distance. */
export const frameDeadlines = new Deadlines();

// ---- produce ----

/** One frame may always follow when nothing is pending, or it would never go on. What is queued counts already. */
function mayWriteNext(peer: Peer): boolean {
  if (!peer.state.replies.generating || connection.pending(peer) === 0) return true;
  return session.waitingBytes(peer) < session.limits.maxPendingBytes;
}

/** GENERATE is produced as the peer reads: within the bound, and within a budget per turn. */
function writeWaiting(peer: Peer): void {
  const waiting = peer.state.replies;
  let written = 0;
  while (!replies.isEmpty(waiting) && written < GENERATE_TURN_BYTES && mayWriteNext(peer)) {
    const { headerLength, bytes, start, end } = replies.next(waiting);
    if (headerLength > 0) connection.writeCopy(peer, replies.header, headerLength);
    if (end > start) connection.write(peer, bytes, start, end);
    written += headerLength + end - start;
  }
  if (!replies.isEmpty(waiting)) connection.awaitRoom(peer);
}

// ---- balance ----

/** Stops reading while too much waits, and the clock of the frame with it; begins again when there is room. */
function balance(peer: Peer): void {
  const state = peer.state;
  const deadline = state.frameDeadline;
  const reads = state.input !== session.OVER;
  const pause = reads && session.waitingBytes(peer) > session.limits.maxPendingBytes;
  if (pause && !state.paused) {
    const runs = deadline !== null && deadline.list !== null;
    state.frameLeftMs = runs ? Math.max(1, deadline.dueMs - performance.now()) : 0;
    if (runs) stop(deadline);
    connection.pause(peer);
  } else if (!pause && state.paused) {
    if (deadline !== null && state.frameLeftMs > 0 && reads) {
      frameDeadlines.start(deadline, performance.now() + state.frameLeftMs);
    }
    connection.resume(peer);
  }
  state.paused = pause;
}

/** Every handler ends here: produce, send, balance, and finish when nothing can follow. */
export function settle(peer: Peer): void {
  if (connection.isEnding(peer)) return;
  writeWaiting(peer);
  connection.flush(peer);
  balance(peer);
  if (peer.state.input === session.OVER && !session.owesReplies(peer.state)) connection.finish(peer);
}
