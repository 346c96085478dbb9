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
import * as frame from './wire/frame.ts';

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

/** An in-order reply that waits behind a GENERATE, or (where `reply` is null) the next GENERATE. */
interface Queued {
  reply: Buffer | null;
  id: number;
  count: number;
}

/** What a queued reply costs beside its bytes; an estimate on the safe side of what V8 needs. */
const QUEUED_BYTES = 256;

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

  generating = false;
  generateId = 0;
  generateLeft = 0;
  generatePhase = 0; // of the pattern
  queued: Queued[] = []; // only while generating
  queuedBytes = 0;

  delays: Deadlines | null = null; // made with the first DELAY
  delayCount = 0;
  delayBytes = 0;
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
  if (session.generating || frame.isPartial(session.parser)) return false;
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

/** Bytes i mod PATTERN_PERIOD, long enough for the largest 0x83 frame from any phase. */
const pattern = Buffer.alloc(frame.PATTERN_PERIOD + frame.GENERATE_FRAME_BYTES);
for (let i = 0; i < pattern.length; i++) pattern[i] = i % frame.PATTERN_PERIOD;

/** Where small frames are put together; they are copied from here at once. */
const scratch = Buffer.alloc(frame.ERROR_FRAME_BYTES);

/** Appends to the queue behind the GENERATE that is running. */
function enqueue(session: Session, queued: Queued): void {
  session.queued.push(queued);
  session.queuedBytes += QUEUED_BYTES + (queued.reply?.length ?? 0);
}

/** Sends the first `length` bytes of scratch in their turn. */
function reply(peer: Peer, length: number): void {
  const session = peer.state;
  if (!session.generating) connection.writeCopy(peer, scratch, 0, length);
  else enqueue(session, { reply: Buffer.from(scratch.subarray(0, length)), id: 0, count: 0 });
}

function replyError(peer: Peer, code: number, id: number): void {
  logViolation(peer, code, id);
  reply(peer, frame.encodeError(scratch, 0, code, id));
}

/** Puts a frame of `type` whose payload is one number into scratch, and returns its length. */
function encodeNumber(type: number, id: number, number: number): number {
  frame.encode(scratch, 0, frame.COUNT_BYTES, type, 0, id);
  scratch.writeUInt32BE(number, frame.HEADER_BYTES);
  return frame.HEADER_BYTES + frame.COUNT_BYTES;
}

function answerEcho(peer: Peer): void {
  const session = peer.state;
  const request = takeRequest(session);
  request[frame.TYPE_OFFSET] = frame.TYPE_ECHO_REPLY;
  if (session.generating) enqueue(session, { reply: request, id: 0, count: 0 });
  else connection.write(peer, request, 0, request.length);
}

function answerDiscard(peer: Peer, request: frame.Header): void {
  reply(peer, encodeNumber(frame.TYPE_DISCARD_REPLY, request.id, request.length));
}

function beginGenerate(session: Session, id: number, count: number): void {
  session.generating = true;
  session.generateId = id;
  session.generateLeft = count;
  session.generatePhase = 0;
}

function answerGenerate(peer: Peer, request: frame.Header): void {
  const session = peer.state;
  if (request.length !== frame.COUNT_BYTES) {
    replyError(peer, frame.CODE_BAD_PAYLOAD, request.id);
    return;
  }
  const count = takeRequest(session).readUInt32BE(frame.HEADER_BYTES);
  if (session.generating) enqueue(session, { reply: null, id: request.id, count });
  else beginGenerate(session, request.id, count);
}

/** One 0x83 frame: a header, and a slice of the pattern that is not copied. */
function writeGenerated(peer: Peer, length: number): void {
  const session = peer.state;
  session.generateLeft -= length;
  const flags = session.generateLeft === 0 ? frame.FLAG_END : 0;
  frame.encode(scratch, 0, length, frame.TYPE_GENERATE_REPLY, flags, session.generateId);
  connection.writeCopy(peer, scratch, 0, frame.HEADER_BYTES);
  if (length > 0) connection.write(peer, pattern, session.generatePhase, session.generatePhase + length);
  session.generatePhase = (session.generatePhase + length) % frame.PATTERN_PERIOD;
}

/** A GENERATE is done: sends what has waited behind it, up to the next GENERATE. */
function releaseQueued(peer: Peer): void {
  const session = peer.state;
  session.generating = false;
  while (!session.generating) {
    const queued = session.queued.shift();
    if (queued === undefined) return;
    session.queuedBytes -= QUEUED_BYTES + (queued.reply?.length ?? 0);
    if (queued.reply === null) beginGenerate(session, queued.id, queued.count);
    else connection.write(peer, queued.reply, 0, queued.reply.length);
  }
}

/** Everything that waits for this peer, the payloads of outstanding DELAYs included. */
function waitingBytes(peer: Peer): number {
  return connection.pending(peer) + peer.state.queuedBytes + peer.state.delayBytes;
}

/** Produces as the peer reads: within the bound, or one frame when nothing is pending, or it would never go on. */
function generate(peer: Peer): void {
  const session = peer.state;
  const most = Math.min(maxFrameSize, frame.GENERATE_FRAME_BYTES);
  let produced = 0;
  while (
    session.generating &&
    produced < GENERATE_TURN_BYTES &&
    (connection.pending(peer) === 0 || waitingBytes(peer) < maxPendingBytes)
  ) {
    const length = Math.min(session.generateLeft, most);
    writeGenerated(peer, length);
    produced += frame.HEADER_BYTES + length;
    if (session.generateLeft === 0) releaseQueued(peer);
  }
  if (session.generating) connection.awaitRoom(peer);
}

/** The frame that was read becomes the reply frame, in place: its header moves over the milliseconds. */
function holdDelay(peer: Peer, request: frame.Header, ms: number): void {
  const session = peer.state;
  const bytes = takeRequest(session);
  const length = request.length - frame.DELAY_PREFIX_BYTES;
  frame.encode(bytes, frame.DELAY_PREFIX_BYTES, length, frame.TYPE_DELAY_REPLY, 0, request.id);
  session.delayCount += 1;
  session.delayBytes += length;
  session.delays ??= new Deadlines(() => settle(peer));
  session.delays.start(new Deadline(() => onDelayDue(peer, bytes)), performance.now() + ms);
}

function answerDelay(peer: Peer, request: frame.Header): void {
  const session = peer.state;
  const length = request.length - frame.DELAY_PREFIX_BYTES;
  const ms = session.request?.readUInt32BE(frame.HEADER_BYTES) ?? Number.POSITIVE_INFINITY;
  const isOverloaded =
    session.delayCount >= frame.MAX_OUTSTANDING_DELAYS || session.delayBytes + length > maxPendingBytes;
  if (ms > frame.MAX_DELAY_MS) replyError(peer, frame.CODE_BAD_PAYLOAD, request.id);
  else if (isOverloaded) replyError(peer, frame.CODE_OVERLOADED, request.id);
  else holdDelay(peer, request, ms);
}

/** All that are due leave together. They do not wait for their turn: that is what the ids are for. */
function onDelayDue(peer: Peer, bytes: Buffer): void {
  const session = peer.state;
  session.delayCount -= 1;
  session.delayBytes -= bytes.length - frame.HEADER_BYTES - frame.DELAY_PREFIX_BYTES;
  connection.write(peer, bytes, frame.DELAY_PREFIX_BYTES, bytes.length);
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
  return session.generating || session.delayCount > 0 || session.input === LAST_FRAME;
}

/** Every handler ends here: produce, send, balance, and finish when nothing can follow. */
function settle(peer: Peer): void {
  const session = peer.state;
  if (connection.isEnding(peer)) return;
  if (session.generating) generate(peer);
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

function dropDelays(session: Session): void {
  session.delays?.clear();
  session.delayCount = 0;
  session.delayBytes = 0;
}

/** Fatal: nothing more is parsed, DELAYs are dropped, the ERROR is the last of the in-order replies. */
function fail(peer: Peer, code: number, id: number): void {
  const session = peer.state;
  session.input = OVER;
  session.failed = true;
  dropDelays(session);
  takeRequest(session);
  timeFrame(peer, false);
  replyError(peer, code, id);
}

function onIdle(peer: Peer): void {
  const session = peer.state;
  if (session.delayCount > 0) return; // net looks again after another --idle-timeout-ms
  if (connection.pending(peer) > 0 || session.generating) {
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
    connection.writeCopy(peer, scratch, 0, encodeNumber(frame.TYPE_GOAWAY, 0, answered));
  }
  session.input = completes ? LAST_FRAME : OVER;
  settle(peer);
}

const owes = (peer: Peer): boolean => hasOwedReplies(peer.state);

function onClose(peer: Peer): void {
  const session = peer.state;
  dropDelays(session);
  if (session.frameDeadline !== null) stop(session.frameDeadline);
  takeRequest(session);
  session.queued = [];
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
