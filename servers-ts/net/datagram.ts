// A UDP socket on one worker's loop: datagrams handed to the program one by one, and the replies sent.
//
// Node receives and sends one datagram per system call, up to 32 before other work gets its turn. When the kernel
// takes no more, libuv keeps what waits, and above WAITING_BYTES a reply counts as failed, so memory is bounded. A
// reply that cannot be sent is counted and logged: sent + failed = received. Mirrors servers-c/net/datagram.h.

import * as dgram from 'node:dgram';
import * as net from 'node:net';
import * as log from './log.ts';
import type { Options } from './options.ts';

/** More than the largest UDP payload (65,527 bytes over IPv6), so that nothing is ever cut. */
export const DATAGRAM_BYTES = 65536;

/** Replies that may wait for the kernel. */
const WAITING_BYTES = 64 * DATAGRAM_BYTES;

/** One datagram on its way through a handler. */
export interface Datagram {
  bytes: Buffer;
  from: dgram.RemoteInfo;
  socket: DatagramSocket;
}

export interface Counts {
  received: number;
  sent: number;
  failed: number;
}

export interface DatagramHandlers {
  onDatagram(datagram: Datagram): void;
}

/** A bound socket and what it has done. */
export interface DatagramSocket {
  socket: dgram.Socket;
  host: string;
  port: number;
  counts: Counts;
  handlers: DatagramHandlers;
}

// ---- write ----

/** Sends bytes to the sender of this datagram. They may be the datagram's own, and must not change any more. */
export function reply(datagram: Datagram, bytes: Buffer): void {
  const { socket, counts } = datagram.socket;
  const reason = refusal(datagram);
  if (reason !== undefined) {
    refused(datagram, reason);
    return;
  }
  if (socket.getSendQueueSize() > WAITING_BYTES) {
    failed(counts, 'ENOBUFS');
    return;
  }
  socket.send(bytes, datagram.from.port, datagram.from.address, (error) => {
    if (error === null) counts.sent += 1;
    else failed(counts, error);
  });
}

// Why this sender gets no reply; undefined if it does. A sender is whatever the datagram says, so it may be one to which
// nothing can be sent (Node would throw), or this very socket, which would answer its own replies for ever.
function refusal({ from, socket }: Datagram): string | undefined {
  if (from.port === 0) return 'PORT_0';
  return from.port === socket.port && from.address === socket.host ? 'OWN_ADDRESS' : undefined;
}

function refused({ from, socket }: Datagram, reason: string): void {
  socket.counts.failed += 1;
  log.error('violation', { peer: log.address(from.address, from.port), code: 0, reason });
}

function failed(counts: Counts, cause: unknown): void {
  counts.failed += 1;
  log.callFailed('sendmsg', cause);
}

// ---- open ----

/** Binds and begins to receive. Rejects with the error of bind. */
export function open(
  options: Options,
  port: number,
  reusePort: boolean,
  handlers: DatagramHandlers,
): Promise<DatagramSocket> {
  const type = net.isIPv6(options.host) ? 'udp6' : 'udp4';
  const socket = dgram.createSocket({ type, reusePort, lookup: lookUpNothing });
  const opened = { socket, host: options.host, port, counts: { received: 0, sent: 0, failed: 0 }, handlers };
  socket.on('message', (bytes, from) => {
    opened.counts.received += 1;
    handlers.onDatagram({ bytes, from, socket: opened });
  });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, address: options.host, exclusive: true }, () => {
      socket.off('error', reject);
      socket.on('error', (error) => log.callFailed('recvmsg', error)); // ICMP of an earlier reply, for instance
      const bound = socket.address();
      opened.host = bound.address;
      opened.port = bound.port;
      resolve(opened);
    });
  });
}

// Addresses come from the kernel and are numeric. Node would ask its resolver all the same, in a later tick: 7 to 12 %.
function lookUpNothing(
  hostname: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, hostname, net.isIPv6(hostname) ? 6 : 4);
}

// ---- close ----

/** Answers what one more turn of the event loop receives. Resolves when that is sent. */
export function drain(socket: DatagramSocket): Promise<void> {
  return new Promise((resolve) => {
    // A turn ends with the immediates; the second comes after a whole turn, receiving included.
    setImmediate(() => setImmediate(() => whenSent(socket, resolve)));
  });
}

export function close(socket: DatagramSocket): void {
  socket.socket.close();
}

/** What was received, sent, and could not be sent. */
export function counts(socket: DatagramSocket): Counts {
  return socket.counts;
}

function whenSent(socket: DatagramSocket, resolve: () => void): void {
  if (socket.socket.getSendQueueCount() === 0) resolve();
  else setImmediate(() => whenSent(socket, resolve));
}
