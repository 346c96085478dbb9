// What a complete request is answered with, and where the reply goes: to the peer at once, behind a GENERATE, or to
// the DELAYs.
//
// It parses no input; what waits is sent by flow and by delayed. Mirrors servers-c/framed/answer.h.

import * as connection from '../net/connection.ts';
import * as frame from '../wire/frame.ts';
import * as replies from '../wire/replies.ts';
import * as delayed from './delayed.ts';
import type { Peer, Session } from './session.ts';
import * as session from './session.ts';

// ---- replies in order ----

/** Where small frames are put together; they are copied from here at once. */
const scratch = Buffer.alloc(frame.ERROR_FRAME_BYTES);

/** Sends the first `length` bytes of scratch in their turn. */
function reply(peer: Peer, length: number): void {
  const waiting = peer.state.replies;
  if (replies.isEmpty(waiting)) connection.writeCopy(peer, scratch, length);
  else replies.add(waiting, Buffer.from(scratch.subarray(0, length)));
}

/** Logs the violation and replies with an ERROR, in its turn. */
export function error(peer: Peer, code: number, id: number): void {
  session.logViolation(peer, code, id);
  reply(peer, frame.encodeError(scratch, 0, code, id));
}

/** The request that was stored becomes the reply; not even now is it copied. */
function answerEcho(peer: Peer): void {
  const waiting = peer.state.replies;
  const request = session.takeRequest(peer.state);
  request[frame.TYPE_OFFSET] = frame.TYPE_ECHO_REPLY;
  if (replies.isEmpty(waiting)) connection.write(peer, request, 0, request.length);
  else replies.add(waiting, request);
}

function answerDiscard(peer: Peer, header: frame.Header): void {
  reply(peer, frame.encodeNumber(scratch, 0, frame.TYPE_DISCARD_REPLY, header.id, header.length));
}

function answerGenerate(peer: Peer, header: frame.Header): void {
  if (header.length !== frame.COUNT_BYTES) {
    error(peer, frame.CODE_BAD_PAYLOAD, header.id);
    return;
  }
  const count = session.takeRequest(peer.state).readUInt32BE(frame.HEADER_BYTES);
  replies.addGenerate(peer.state.replies, header.id, count);
}

// ---- replies out of order ----

function isOverloaded(state: Session, payload: number): boolean {
  if (state.delays.count >= frame.MAX_OUTSTANDING_DELAYS) return true;
  return session.delayBytes(state) + payload > session.limits.maxPendingBytes;
}

/** Those that are due are not outstanding any more: many of 0 ms in one read overload nothing. */
function hasRoomFor(peer: Peer, payload: number): boolean {
  if (isOverloaded(peer.state, payload)) delayed.sendDue(peer);
  return !isOverloaded(peer.state, payload);
}

function answerDelay(peer: Peer, header: frame.Header): void {
  if (header.length < frame.DELAY_PREFIX_BYTES) {
    error(peer, frame.CODE_BAD_PAYLOAD, header.id);
    return;
  }
  const ms = (peer.state.request as Buffer).readUInt32BE(frame.HEADER_BYTES);
  if (ms > frame.MAX_DELAY_MS) {
    error(peer, frame.CODE_BAD_PAYLOAD, header.id);
  } else if (hasRoomFor(peer, header.length - frame.DELAY_PREFIX_BYTES)) {
    delayed.hold(peer, header, ms);
  } else {
    error(peer, frame.CODE_OVERLOADED, header.id);
  }
}

/**
 * GOAWAY: `requests` are or will be answered. It does not wait for its turn, only for the end of a frame: net's
 * pending bytes always end with one.
 */
export function goaway(peer: Peer, requests: number): void {
  const length = frame.encodeNumber(scratch, 0, frame.TYPE_GOAWAY, 0, requests >>> 0);
  connection.writeCopy(peer, scratch, length);
}

// ---- any request ----

/** The frame is complete: replies to it, or puts the reply where it waits. */
export function request(peer: Peer, header: frame.Header): void {
  const state = peer.state;
  if (header.type === frame.TYPE_ECHO) answerEcho(peer);
  else if (header.type === frame.TYPE_DISCARD) answerDiscard(peer, header);
  else if (header.type === frame.TYPE_GENERATE) answerGenerate(peer, header);
  else if (header.type === frame.TYPE_DELAY) answerDelay(peer, header);
  else error(peer, frame.CODE_UNKNOWN_TYPE, header.id);
  session.takeRequest(state);
  state.requests += 1;
  if (state.input === session.LAST_FRAME) state.input = session.OVER;
}
