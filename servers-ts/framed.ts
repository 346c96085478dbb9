// framed: serves the framed protocol of docs/protocol.md over TCP.
//
// What a request means and in which order replies leave is decided here; bytes are wire/frame's business, sockets
// net's. An ECHO that has arrived whole is answered in the buffer it was read into, and neighbours leave as one
// slice; only what must wait is stored. Mirrors servers-c/framed.c.

import type { Connection, Handlers } from './net/connection.ts';
import * as connection from './net/connection.ts';
import { Deadline, Deadlines, stop } from './net/deadlines.ts';
import * as lifecycle from './net/lifecycle.ts';
import * as log from './net/log.ts';
import * as options from './net/options.ts';
import * as cursor from './wire/cursor.ts';
import * as delays from './wire/delays.ts';
import * as frame from './wire/frame.ts';
import * as replies from './wire/replies.ts';

/** What one GENERATE may produce per turn: a fast reader of a long stream does not keep the others waiting. */
const GENERATE_TURN_BYTES = 262144;

// ---- options ----

let maxPendingBytes = 0;
let maxFrameSize = 0;
let frameTimeoutMs = 0;

const USAGE: options.Usage = {
  name: 'framed',
  purpose: 'Serves the framed protocol of docs/protocol.md over TCP.',
  extra: [
    {
      name: '--max-frame-size',
      meaning: 'largest payload of a frame, in bytes',
      fallback: 1048576,
      minimum: 256,
      maximum: 1073741824,
      store: (value) => {
        maxFrameSize = value;
      },
    },
    {
      name: '--frame-timeout-ms',
      meaning: 'time from the first byte of a frame to its last',
      fallback: 10000,
      minimum: 1,
      maximum: 86400000,
      store: (value) => {
        frameTimeoutMs = value;
      },
    },
  ],
};

// ---- accept ----

// How much of the input still counts.
const READING = 0;
const LAST_FRAME = 1; // the server drains: the frame that has begun is completed, no other is begun
const OVER = 2; // nothing more is parsed: what comes is discarded

class Session {
  input = READING;
  failed = false; // a fatal ERROR was sent or waits to be
  paused = false;
  parser = frame.newParser(maxFrameSize);
  request: Buffer | null = null; // header and payload of the frame that is being read, where they are needed
  requestLength = 0;
  requests = 0; // complete so far

  frameDeadline: Deadline | null = null; // made when the first frame is cut
  frameLeftMs = 0; // of the frame's time, while reading is paused
  replies = new replies.Replies(Math.min(maxFrameSize, frame.GENERATE_FRAME_BYTES));
  delays = new delays.Delays();
  nextDelay: NodeJS.Timeout | null = null;
  nextDelayMs = 0; // when it fires
}

type Peer = Connection<Session>;

const newState = (): Session => new Session();

/** Sent to a connection above --max-connections. */
function encodeRefusal(): Buffer {
  return scratch.subarray(0, frame.encodeError(scratch, 0, frame.CODE_OVERLOADED, 0));
}

// ---- read ----

// One each for all connections: a read is handled to its end before the next begins.
const input = cursor.over(new Uint8Array(0));
const header = frame.newHeader();

/**
 * The fast path: an ECHO that lies whole in the read buffer becomes its own reply. One byte changes, nothing is
 * copied, and neighbours leave as one slice. Not behind a GENERATE: there it must wait, and is copied.
 */
function echoInPlace(peer: Peer, bytes: Buffer): boolean {
  const session = peer.state;
  const begin = input.offset;
  if (!replies.isEmpty(session.replies) || frame.isPartial(session.parser)) return false;
  const outcome = frame.decode(bytes, begin, input.end, maxFrameSize, header);
  const end = begin + frame.HEADER_BYTES + header.length;
  if (outcome !== frame.COMPLETE || header.type !== frame.TYPE_ECHO || end > input.end) return false;
  bytes[begin + frame.TYPE_OFFSET] = frame.TYPE_ECHO_REPLY;
  connection.write(peer, bytes, begin, end);
  input.offset = end;
  session.requests += 1;
  return true;
}

/** Only these payloads are needed; all others are counted and dropped as they arrive. */
function needsPayload(request: frame.Header): boolean {
  if (request.type === frame.TYPE_ECHO) return true;
  if (request.type === frame.TYPE_GENERATE) return request.length === frame.COUNT_BYTES;
  return request.type === frame.TYPE_DELAY && request.length >= frame.DELAY_PREFIX_BYTES;
}

// Grows with the bytes that are there, at most to the double of them, never to the length that the peer claims.
function store(session: Session, bytes: Buffer, start: number, length: number): void {
  const needed = session.requestLength + length;
  if (session.request === null || needed > session.request.length) {
    const whole = frame.HEADER_BYTES + session.parser.header.length;
    const grown = Buffer.allocUnsafeSlow(Math.min(whole, 2 * needed));
    session.request?.copy(grown, 0, 0, session.requestLength);
    session.request = grown;
  }
  bytes.copy(session.request, session.requestLength, start, start + length);
  session.requestLength = needed;
}

/** False when the input is used up. */
function handleEvent(peer: Peer, bytes: Buffer, event: frame.Event): boolean {
  const session = peer.state;
  const request = event.header;
  switch (event.kind) {
    case frame.EVENT_BEGIN:
      if (!needsPayload(request)) break;
      frame.encode(scratch, 0, request.length, request.type, 0, request.id);
      store(session, scratch, 0, frame.HEADER_BYTES);
      break;
    case frame.EVENT_DATA:
      if (session.request !== null) store(session, bytes, event.start, event.length);
      break;
    case frame.EVENT_END:
      answer(peer, request);
      break;
    case frame.EVENT_ERROR:
      fail(peer, request.code, request.id);
      break;
    default:
      return false;
  }
  return true;
}

function takeRequest(session: Session): Buffer {
  const request = session.request ?? Buffer.alloc(0);
  session.request = null;
  session.requestLength = 0;
  return request;
}

// One list for this worker: all its deadlines have the same distance.
const frameDeadlines = new Deadlines();

/** The clock of a frame runs from its first byte to its last. */
function timeFrame(peer: Peer, isNew: boolean): void {
  const session = peer.state;
  if (session.input === OVER || !frame.isPartial(session.parser)) {
    if (session.frameDeadline !== null) stop(session.frameDeadline);
    return;
  }
  session.frameDeadline ??= new Deadline(() => onFrameDeadline(peer));
  const runs = session.frameDeadline.list !== null;
  if (isNew || !runs) frameDeadlines.start(session.frameDeadline, performance.now() + frameTimeoutMs);
}

function onRead(peer: Peer, bytes: Buffer, length: number): void {
  const session = peer.state;
  const before = session.requests;
  input.bytes = bytes;
  input.offset = 0;
  input.end = length;
  while (session.input !== OVER) {
    if (echoInPlace(peer, bytes)) continue;
    if (!handleEvent(peer, bytes, frame.feed(session.parser, input))) break;
  }
  timeFrame(peer, session.requests !== before);
  settle(peer);
}

function onFrameDeadline(peer: Peer): void {
  fail(peer, frame.CODE_FRAME_TIMEOUT, frame.partialId(peer.state.parser));
  settle(peer);
}

// ---- write ----

/** Where small frames are put together; they are copied from here at once. */
const scratch = Buffer.alloc(frame.ERROR_FRAME_BYTES);

/** Sends the first `length` bytes of scratch in their turn. */
function reply(peer: Peer, length: number): void {
  const waiting = peer.state.replies;
  if (replies.isEmpty(waiting)) connection.writeCopy(peer, scratch, 0, length);
  else replies.add(waiting, Buffer.from(scratch.subarray(0, length)));
}

function replyError(peer: Peer, code: number, id: number): void {
  logViolation(peer, code, id);
  reply(peer, frame.encodeError(scratch, 0, code, id));
}

/** The request that was stored becomes the reply; not even now is it copied. */
function answerEcho(peer: Peer): void {
  const session = peer.state;
  const request = takeRequest(session);
  request[frame.TYPE_OFFSET] = frame.TYPE_ECHO_REPLY;
  if (replies.isEmpty(session.replies)) connection.write(peer, request, 0, request.length);
  else replies.add(session.replies, request);
}

function answerDiscard(peer: Peer, request: frame.Header): void {
  reply(peer, frame.encodeNumber(scratch, 0, frame.TYPE_DISCARD_REPLY, request.id, request.length));
}

function answerGenerate(peer: Peer, request: frame.Header): void {
  const session = peer.state;
  if (request.length !== frame.COUNT_BYTES) {
    replyError(peer, frame.CODE_BAD_PAYLOAD, request.id);
    return;
  }
  const count = takeRequest(session).readUInt32BE(frame.HEADER_BYTES);
  replies.addGenerate(session.replies, request.id, count);
}

/** Payload bytes of the DELAYs that are outstanding: their frames without the headers. */
function delayPayloadBytes(session: Session): number {
  return session.delays.bytes - frame.HEADER_BYTES * session.delays.count;
}

/** Everything that waits for this peer. DELAYs alone never pass the bound, so they alone never stop reading. */
function waitingBytes(peer: Peer): number {
  return connection.pending(peer) + peer.state.replies.bytes + delayPayloadBytes(peer.state);
}

/** One frame may always follow when nothing is pending, or it would never go on. What is queued counts already. */
function mayWriteNext(peer: Peer): boolean {
  if (!peer.state.replies.generating || connection.pending(peer) === 0) return true;
  return waitingBytes(peer) < maxPendingBytes;
}

/** GENERATE is produced as the peer reads: within the bound, and within a budget per turn. */
function writeWaiting(peer: Peer): void {
  const waiting = peer.state.replies;
  let written = 0;
  while (!replies.isEmpty(waiting) && written < GENERATE_TURN_BYTES && mayWriteNext(peer)) {
    const { headerLength, bytes, start, end } = replies.next(waiting);
    if (headerLength > 0) connection.writeCopy(peer, replies.header, 0, headerLength);
    if (end > start) connection.write(peer, bytes, start, end);
    written += headerLength + end - start;
  }
  if (!replies.isEmpty(waiting)) connection.awaitRoom(peer);
}

/** Lets the earliest DELAY wake us. */
function awaitDelay(peer: Peer): void {
  const session = peer.state;
  const dueMs = delays.first(session.delays)?.dueMs;
  if (session.nextDelay !== null && dueMs === session.nextDelayMs) return;
  if (session.nextDelay !== null) clearTimeout(session.nextDelay);
  session.nextDelay = null;
  if (dueMs === undefined) return;
  session.nextDelayMs = dueMs;
  session.nextDelay = setTimeout(onDelayDue, Math.max(1, Math.ceil(dueMs - performance.now())), peer);
}

/** The request that was stored becomes the reply, in place: its header moves over the milliseconds. */
function holdDelay(peer: Peer, request: frame.Header, ms: number): void {
  const session = peer.state;
  const bytes = takeRequest(session).subarray(frame.DELAY_PREFIX_BYTES);
  frame.encode(bytes, 0, bytes.length - frame.HEADER_BYTES, frame.TYPE_DELAY_REPLY, 0, request.id);
  delays.add(session.delays, performance.now() + ms, bytes);
  awaitDelay(peer);
}

function answerDelay(peer: Peer, request: frame.Header): void {
  const session = peer.state;
  if (request.length < frame.DELAY_PREFIX_BYTES) {
    replyError(peer, frame.CODE_BAD_PAYLOAD, request.id);
    return;
  }
  const ms = (session.request as Buffer).readUInt32BE(frame.HEADER_BYTES);
  const payload = request.length - frame.DELAY_PREFIX_BYTES;
  if (ms > frame.MAX_DELAY_MS) {
    replyError(peer, frame.CODE_BAD_PAYLOAD, request.id);
  } else if (
    session.delays.count >= frame.MAX_OUTSTANDING_DELAYS ||
    delayPayloadBytes(session) + payload > maxPendingBytes
  ) {
    replyError(peer, frame.CODE_OVERLOADED, request.id);
  } else {
    holdDelay(peer, request, ms);
  }
}

/** All that are due leave together. They do not wait for their turn: that is what the ids are for. */
function onDelayDue(peer: Peer): void {
  const held = peer.state.delays;
  const nowMs = performance.now(); // Node's timers may be early by a part of a millisecond
  peer.state.nextDelay = null;
  for (let due = delays.first(held); due !== undefined && due.dueMs <= nowMs; due = delays.first(held)) {
    connection.write(peer, due.frame, 0, due.frame.length);
    delays.take(held);
  }
  awaitDelay(peer);
  settle(peer);
}

/** The frame is complete: replies to it, or puts the reply where it waits. */
function answer(peer: Peer, request: frame.Header): void {
  const session = peer.state;
  if (request.type === frame.TYPE_ECHO) answerEcho(peer);
  else if (request.type === frame.TYPE_DISCARD) answerDiscard(peer, request);
  else if (request.type === frame.TYPE_GENERATE) answerGenerate(peer, request);
  else if (request.type === frame.TYPE_DELAY) answerDelay(peer, request);
  else replyError(peer, frame.CODE_UNKNOWN_TYPE, request.id);
  takeRequest(session);
  session.requests += 1;
  if (session.input === LAST_FRAME) session.input = OVER;
}

/** Stops reading while too much waits, and the clock of the frame with it; begins again when there is room. */
function balance(peer: Peer): void {
  const session = peer.state;
  const deadline = session.frameDeadline;
  const pause = session.input !== OVER && waitingBytes(peer) > maxPendingBytes;
  if (pause && !session.paused) {
    const runs = deadline !== null && deadline.list !== null;
    session.frameLeftMs = runs ? Math.max(1, deadline.dueMs - performance.now()) : 0;
    if (runs) stop(deadline);
    connection.pause(peer);
  } else if (!pause && session.paused) {
    if (deadline !== null && session.frameLeftMs > 0 && session.input !== OVER) {
      frameDeadlines.start(deadline, performance.now() + session.frameLeftMs);
    }
    connection.resume(peer);
  }
  session.paused = pause;
}

function hasOwedReplies(session: Session): boolean {
  return !replies.isEmpty(session.replies) || session.delays.count > 0 || session.input === LAST_FRAME;
}

/** Every handler ends here: produce, send, balance, and finish when nothing can follow. */
function settle(peer: Peer): void {
  const session = peer.state;
  if (connection.isEnding(peer)) return;
  writeWaiting(peer);
  connection.flush(peer);
  balance(peer);
  if (session.input === OVER && !hasOwedReplies(session)) connection.finish(peer);
}

function onRoom(peer: Peer): void {
  settle(peer);
}

// ---- half-close ----

/** The peer sends no more: what is complete is answered, DELAYs too, then comes our FIN. */
function onEnd(peer: Peer): void {
  const session = peer.state;
  if (session.input !== OVER && frame.isPartial(session.parser)) {
    logViolation(peer, frame.CODE_TRUNCATED_FRAME, frame.partialId(session.parser));
  }
  session.input = OVER;
  takeRequest(session);
  timeFrame(peer, false);
  settle(peer);
}

// ---- close ----

function logViolation(peer: Peer, code: number, id: number): void {
  log.error('violation', { peer: connection.peer(peer), code, reason: frame.codeName(code), id });
}

function dropDelays(peer: Peer): void {
  delays.clear(peer.state.delays);
  awaitDelay(peer);
}

/** Fatal: nothing more is parsed, DELAYs are dropped, the ERROR is the last of the in-order replies. */
function fail(peer: Peer, code: number, id: number): void {
  const session = peer.state;
  session.input = OVER;
  session.failed = true;
  dropDelays(peer);
  takeRequest(session);
  timeFrame(peer, false);
  replyError(peer, code, id);
}

function onIdle(peer: Peer): void {
  const session = peer.state;
  if (session.delays.count > 0) return; // net looks again after another --idle-timeout-ms
  if (connection.pending(peer) > 0 || !replies.isEmpty(session.replies)) {
    connection.reset(peer); // an ERROR would wait behind bytes that nobody reads
  } else {
    fail(peer, frame.CODE_IDLE_TIMEOUT, 0);
    settle(peer);
  }
}

/** GOAWAY does not wait for its turn, only for the end of a frame: net's pending bytes always end with one. */
function onDrain(peer: Peer): void {
  const session = peer.state;
  const completes = session.input === READING && frame.isPartial(session.parser);
  if (!session.failed) {
    const answered = (session.requests + (completes ? 1 : 0)) >>> 0;
    const length = frame.encodeNumber(scratch, 0, frame.TYPE_GOAWAY, 0, answered);
    connection.writeCopy(peer, scratch, 0, length);
  }
  session.input = completes ? LAST_FRAME : OVER;
  settle(peer);
}

const owes = (peer: Peer): boolean => hasOwedReplies(peer.state);

function onClose(peer: Peer): void {
  const session = peer.state;
  dropDelays(peer);
  if (session.frameDeadline !== null) stop(session.frameDeadline);
  takeRequest(session);
  replies.clear(session.replies);
}

// ---- main ----

const handlers: Handlers<Session> = {
  newState,
  onRead,
  onRoom,
  onEnd,
  onIdle,
  onDrain,
  onClose,
  owes,
  refusal: encodeRefusal(),
};

const service = { name: 'framed', protocol: 'framed', connection: handlers };

const parsed = options.parse(USAGE, process.argv.slice(2));
if (parsed.exitCode === options.OPTIONS_RUN) {
  maxPendingBytes = parsed.options.maxPendingBytes;
  lifecycle.run(service, parsed.options);
} else {
  lifecycle.explain(parsed);
}
