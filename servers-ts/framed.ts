// framed: serves the framed protocol of docs/protocol.md over TCP.
//
// The program: its flags, and what happens on a connection from accept to close. The folder framed/ holds its parts:
// session (the state), requests (input), answer, delayed and flow (output). Bytes are wire's business, sockets net's.
// Mirrors servers-c/framed.c.

import * as answer from './framed/answer.ts';
import * as delayed from './framed/delayed.ts';
import * as flow from './framed/flow.ts';
import * as requests from './framed/requests.ts';
import type { Peer } from './framed/session.ts';
import * as session from './framed/session.ts';
import type { Handlers } from './net/connection.ts';
import * as connection from './net/connection.ts';
import { stop } from './net/deadlines.ts';
import * as lifecycle from './net/lifecycle.ts';
import * as options from './net/options.ts';
import * as frame from './wire/frame.ts';
import * as replies from './wire/replies.ts';

// ---- options ----

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
        session.limits.maxFrameSize = value;
      },
    },
    {
      name: '--frame-timeout-ms',
      meaning: 'time from the first byte of a frame to its last',
      fallback: 10000,
      minimum: 1,
      maximum: 86400000,
      store: (value) => {
        session.limits.frameTimeoutMs = value;
      },
    },
  ],
};

// ---- accept ----

const newState = (): session.Session => new session.Session();

/** Sent to a connection above --max-connections. */
function encodeRefusal(): Buffer {
  const refusal = Buffer.alloc(frame.ERROR_FRAME_BYTES);
  return refusal.subarray(0, frame.encodeError(refusal, 0, frame.CODE_OVERLOADED, 0));
}

// ---- read ----

function onRead(peer: Peer, bytes: Buffer, length: number): void {
  requests.read(peer, bytes, length);
  flow.settle(peer);
}

// ---- write ----

function onRoom(peer: Peer): void {
  flow.settle(peer);
}

// ---- half-close ----

/** The peer sends no more: what is complete is answered, DELAYs too, then comes our FIN. */
function onEnd(peer: Peer): void {
  requests.end(peer);
  flow.settle(peer);
}

// ---- close ----

/** While a DELAY is outstanding it is not idle: net asks again. */
function onIdle(peer: Peer): void {
  if (peer.state.delays.count > 0) return;
  if (connection.pending(peer) > 0 || !replies.isEmpty(peer.state.replies)) {
    connection.reset(peer); // an ERROR would wait behind bytes that nobody reads
  } else {
    requests.fail(peer, frame.CODE_IDLE_TIMEOUT, 0);
    flow.settle(peer);
  }
}

/** A frame of which a byte was read is completed and answered, no other is begun. */
function onDrain(peer: Peer): void {
  const state = peer.state;
  const completes = state.input === session.READING && frame.isPartial(state.parser);
  if (!state.failed) answer.goaway(peer, state.requests + (completes ? 1 : 0));
  state.input = completes ? session.LAST_FRAME : session.OVER;
  flow.settle(peer);
}

const owes = (peer: Peer): boolean => session.owesReplies(peer.state);

function onClose(peer: Peer): void {
  const state = peer.state;
  delayed.drop(peer);
  if (state.frameDeadline !== null) stop(state.frameDeadline);
  session.takeRequest(state);
  replies.clear(state.replies);
}

// ---- main ----

const handlers: Handlers<session.Session> = {
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
  session.limits.maxPendingBytes = parsed.options.maxPendingBytes;
  lifecycle.run(service, parsed.options);
} else {
  lifecycle.explain(parsed);
}
