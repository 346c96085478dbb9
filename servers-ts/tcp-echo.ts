// TCP echo (RFC 862): sends every byte back to the peer that sent it.
//
// It does not look at the bytes and does not store them: they leave from the buffer they were read into, and only
// what the kernel does not take waits in memory. Sockets, limits and shutdown are net's business.
// Mirrors servers-c/tcp-echo.c.

import type { Connection, Handlers } from './net/connection.ts';
import * as connection from './net/connection.ts';
import * as lifecycle from './net/lifecycle.ts';
import * as options from './net/options.ts';

type Peer = Connection<null>;

// ---- options ----

const USAGE = {
  name: 'tcp-echo',
  purpose: 'Sends every byte back to the peer that sent it (RFC 862 over TCP).',
  extra: [],
};

let maxPendingBytes = 0;

// ---- accept ----

// Nothing is kept per connection: net accepts, and refuses above --max-connections.
const newState = (): null => null;

// ---- read ----

function onRead(peer: Peer, bytes: Buffer, length: number): void {
  connection.write(peer, bytes, 0, length);
  sendAndBalance(peer);
}

// ---- write ----

// Backpressure: while the peer takes less than it sends, its own sending is made to wait.
function sendAndBalance(peer: Peer): void {
  connection.flush(peer);
  if (connection.pending(peer) > maxPendingBytes) connection.pause(peer);
  else connection.resume(peer);
}

function onRoom(peer: Peer): void {
  sendAndBalance(peer);
}

// ---- half-close ----

// The peer has said all it had to say, and may still be reading: what is pending is sent, then our FIN.
function onEnd(peer: Peer): void {
  connection.finish(peer);
}

// ---- close ----

function onIdle(peer: Peer): void {
  if (connection.pending(peer) > 0)
    connection.reset(peer); // a FIN would wait behind bytes that nobody reads
  else connection.finish(peer);
}

function onDrain(peer: Peer): void {
  connection.finish(peer);
}

// All that is owed is pending, and net knows about that.
const owes = (): boolean => false;

// ---- main ----

const handlers: Handlers<null> = { newState, onRead, onRoom, onEnd, onIdle, onDrain, owes };

const service = { name: 'tcp-echo', protocol: 'tcp-echo', connection: handlers };

const parsed = options.parse(USAGE, process.argv.slice(2));
if (parsed.exitCode === options.OPTIONS_RUN) {
  maxPendingBytes = parsed.options.maxPendingBytes;
  lifecycle.run(service, parsed.options);
} else {
  lifecycle.explain(parsed);
}
