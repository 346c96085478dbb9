// One connection of the framed server: what is being read, what waits to be sent, and the bounds of both.
//
// It is state that the other parts of framed/ work on: nothing is parsed, answered or sent here.
// Mirrors servers-c/framed/session.h.

import type { Connection } from '../net/connection.ts';
import * as connection from '../net/connection.ts';
import type { Deadline } from '../net/deadlines.ts';
import * as log from '../net/log.ts';
import * as delays from '../wire/delays.ts';
import * as frame from '../wire/frame.ts';
import * as replies from '../wire/replies.ts';

/** What the flags say. Filled by main, before the first connection is accepted. */
export const limits = { maxFrameSize: 0, maxPendingBytes: 0, frameTimeoutMs: 0 };

// How much of the input still counts. LAST_FRAME: the server drains, the frame that has begun is completed, no other
// is begun. OVER: nothing more is parsed, what comes is discarded.
export const READING = 0;
export const LAST_FRAME = 1;
export const OVER = 2;

export class Session {
  input: typeof READING | typeof LAST_FRAME | typeof OVER = READING;
  failed = false; // a fatal ERROR was sent or waits to be
  paused = false;
  parser = frame.newParser(limits.maxFrameSize);
  request: Buffer | null = null; // header and payload of the frame that is being read, where they are needed
  requestLength = 0;
  requests = 0; // complete so far

  frameDeadline: Deadline | null = null; // made when the first frame is cut
  frameLeftMs = 0; // of the frame's time, while reading is paused
  replies = new replies.Replies(Math.min(limits.maxFrameSize, frame.GENERATE_FRAME_BYTES));
  delays = new delays.Delays();
  nextDelay: NodeJS.Timeout | null = null;
  nextDelayMs = 0; // when it fires
}

export type Peer = Connection<Session>;

/** Payload bytes of the DELAYs that are outstanding: their frames without the headers. */
export function delayBytes(session: Session): number {
  return session.delays.bytes - frame.HEADER_BYTES * session.delays.count;
}

/** Everything that waits for this peer. DELAYs alone never pass the bound, so they alone never stop reading. */
export function waitingBytes(peer: Peer): number {
  return connection.pending(peer) + peer.state.replies.bytes + delayBytes(peer.state);
}

/** True while a reply is owed that net does not have yet. */
export function owesReplies(session: Session): boolean {
  return !replies.isEmpty(session.replies) || session.delays.count > 0 || session.input === LAST_FRAME;
}

/** Gives the stored request away; none is stored afterwards. */
export function takeRequest(session: Session): Buffer {
  const request = session.request ?? Buffer.alloc(0);
  session.request = null;
  session.requestLength = 0;
  return request;
}

/** Logs what the peer did wrong: a code of an ERROR frame, and the frame's id. */
export function logViolation(peer: Peer, code: number, id: number): void {
  log.error('violation', { peer: connection.peer(peer), code, reason: frame.codeName(code), id });
}
