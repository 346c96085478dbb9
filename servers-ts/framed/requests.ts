// From bytes to requests: the input of a connection is parsed, and each frame that is complete is answered.
//
// An ECHO that has arrived whole is answered in the buffer it was read into; only what must wait is stored. What the
// others are answered with is answer's business. Mirrors servers-c/framed/requests.h.

import * as connection from '../net/connection.ts';
import { Deadline, stop } from '../net/deadlines.ts';
import * as cursor from '../wire/cursor.ts';
import * as frame from '../wire/frame.ts';
import * as replies from '../wire/replies.ts';
import * as answer from './answer.ts';
import * as delayed from './delayed.ts';
import * as flow from './flow.ts';
import type { Peer, Session } from './session.ts';
import * as session from './session.ts';

// ---- the clock of a frame ----

function onFrameDeadline(peer: Peer): void {
  fail(peer, frame.CODE_FRAME_TIMEOUT, frame.partialId(peer.state.parser));
  flow.settle(peer);
}

/** It runs from the first byte of a frame to its last. */
function timeFrame(peer: Peer, isNew: boolean): void {
  const state = peer.state;
  if (state.input === session.OVER || !frame.isPartial(state.parser)) {
    if (state.frameDeadline !== null) stop(state.frameDeadline);
    return;
  }
  state.frameDeadline ??= new Deadline(() => onFrameDeadline(peer));
  if (isNew || state.frameDeadline.list === null) {
    flow.frameDeadlines.start(state.frameDeadline, performance.now() + session.limits.frameTimeoutMs);
  }
}

// ---- frames ----

// One each for all connections: a read is handled to its end before the next begins.
const input = cursor.over(new Uint8Array(0));
const header = frame.newHeader();
const headerBytes = Buffer.alloc(frame.HEADER_BYTES);

/**
 * The fast path: an ECHO that lies whole in the read buffer becomes its own reply. One byte changes, nothing is
 * copied, and neighbours leave as one slice. Not behind a GENERATE: there it must wait, and is copied.
 */
function echoInPlace(peer: Peer, bytes: Buffer): boolean {
  const state = peer.state;
  const begin = input.offset;
  if (!replies.isEmpty(state.replies) || frame.isPartial(state.parser)) return false;
  const outcome = frame.decode(bytes, begin, input.end, session.limits.maxFrameSize, header);
  const end = begin + frame.HEADER_BYTES + header.length;
  if (outcome !== frame.COMPLETE || header.type !== frame.TYPE_ECHO || end > input.end) return false;
  bytes[begin + frame.TYPE_OFFSET] = frame.TYPE_ECHO_REPLY;
  connection.write(peer, bytes, begin, end);
  input.offset = end;
  state.requests += 1;
  return true;
}

/** Only these payloads are needed; all others are counted and dropped as they arrive. */
function needsPayload(request: frame.Header): boolean {
  if (request.type === frame.TYPE_ECHO) return true;
  if (request.type === frame.TYPE_GENERATE) return request.length === frame.COUNT_BYTES;
  return request.type === frame.TYPE_DELAY && request.length >= frame.DELAY_PREFIX_BYTES;
}

// Grows with the bytes that are there, at most to the double of them, never to the length that the peer claims.
function store(state: Session, bytes: Buffer, start: number, length: number): void {
  const needed = state.requestLength + length;
  if (state.request === null || needed > state.request.length) {
    const whole = frame.HEADER_BYTES + state.parser.header.length;
    const grown = Buffer.allocUnsafeSlow(Math.min(whole, 2 * needed));
    state.request?.copy(grown, 0, 0, state.requestLength);
    state.request = grown;
  }
  bytes.copy(state.request, state.requestLength, start, start + length);
  state.requestLength = needed;
}

/** False when the input is used up. */
function handleEvent(peer: Peer, bytes: Buffer, event: frame.Event): boolean {
  const state = peer.state;
  const request = event.header;
  switch (event.kind) {
    case frame.EVENT_BEGIN:
      if (!needsPayload(request)) break;
      frame.encode(headerBytes, 0, request.length, request.type, 0, request.id);
      store(state, headerBytes, 0, frame.HEADER_BYTES);
      break;
    case frame.EVENT_DATA:
      if (state.request !== null) store(state, bytes, event.start, event.length);
      break;
    case frame.EVENT_END:
      answer.request(peer, request);
      break;
    case frame.EVENT_ERROR:
      fail(peer, request.code, request.id);
      break;
    default:
      return false;
  }
  return true;
}

/** Takes the first `length` bytes of what was read. They may be changed, and replies may lie in them until they leave. */
export function read(peer: Peer, bytes: Buffer, length: number): void {
  const state = peer.state;
  const before = state.requests;
  input.bytes = bytes;
  input.offset = 0;
  input.end = length;
  while (state.input !== session.OVER) {
    if (echoInPlace(peer, bytes)) continue;
    if (!handleEvent(peer, bytes, frame.feed(state.parser, input))) break;
  }
  timeFrame(peer, state.requests !== before);
}

// ---- the end of the input ----

function stopParsing(peer: Peer): void {
  peer.state.input = session.OVER;
  session.takeRequest(peer.state);
  timeFrame(peer, false);
}

/** No more will come: a frame that is not complete is logged and forgotten. */
export function end(peer: Peer): void {
  const { input: counts, parser } = peer.state;
  if (counts !== session.OVER && frame.isPartial(parser)) {
    session.logViolation(peer, frame.CODE_TRUNCATED_FRAME, frame.partialId(parser));
  }
  stopParsing(peer);
}

/** Fatal: nothing more is parsed, DELAYs are dropped, the ERROR is the last of the in-order replies. */
export function fail(peer: Peer, code: number, id: number): void {
  peer.state.failed = true;
  stopParsing(peer);
  delayed.drop(peer);
  answer.error(peer, code, id);
}
