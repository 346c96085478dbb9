// TCP echo (RFC 862): every byte comes back, unchanged and in order.
//
// What the server promises on a connection, and nothing else: sockets are in net/, and there is no codec, because
// echo does not look at bytes. Mirrors servers-c/tcp-echo.c.

import type { Connection } from './net/connection.ts';
import * as connection from './net/connection.ts';
import * as lifecycle from './net/lifecycle.ts';
import * as options from './net/options.ts';

/** Echo keeps nothing of its own: what is pending says it all. */
type Peer = Connection<null>;

// ---- options ----

const USAGE = {
  name: 'tcp-echo',
  purpose: 'Sends every byte back to the peer that sent it (RFC 862 over TCP).',
  extra: [],
};

// ---- accept ----

// Nothing is said before the peer speaks.
function onOpen(_peer: Peer): void {}

// ---- read ----

// A peer that sends and does not read is not read from any more, before its replies fill our memory.
function onRead(peer: Peer, bytes: Buffer, length: number): void {
  connection.write(peer, bytes, 0, length);
  connection.flush(peer);
  if (connection.pending(peer) >= peer.set.options.maxPendingBytes) connection.pause(peer);
}

// ---- write ----

// Everything pending has left: there is room for more.
function onRoom(peer: Peer): void {
  connection.resume(peer);
}

// ---- half-close ----

// The peer has sent all it has, but still reads: it gets the rest, then our FIN.
function onEnd(peer: Peer): void {
  connection.finish(peer);
}

// ---- close ----

// FIN would have to wait behind bytes that the peer does not take.
function onIdle(peer: Peer): void {
  if (connection.pending(peer) > 0) connection.reset(peer);
  else connection.finish(peer);
}

// All that was read has been answered; what is pending leaves before the FIN.
function onDrain(peer: Peer): void {
  connection.finish(peer);
}

function onClose(_peer: Peer): void {}

// ---- main ----

function main(): void {
  const parsed = options.parse(USAGE, process.argv.slice(2));
  if (parsed.exitCode !== options.OPTIONS_RUN) {
    lifecycle.explain(parsed);
    return;
  }
  const newState = (): null => null;
  const owes = (): boolean => false;
  const refusal = Buffer.alloc(0);
  const handlers = {
    newState,
    onOpen,
    onRead,
    onEnd,
    onRoom,
    onIdle,
    onDrain,
    onClose,
    owes,
    refusal,
  };
  lifecycle.run({ name: USAGE.name, protocol: 'tcp-echo', connection: handlers }, parsed.options);
}

main();
