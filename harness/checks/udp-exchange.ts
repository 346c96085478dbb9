/**
 * One datagram and its echo: what all checks of UDP are made from.
 *
 * A reply must have the bytes that were sent and come from the address that they were sent to.
 */
import { CheckFailure, expectBytes } from './check.ts';
import type { DatagramPeer } from './context.ts';

export const udpBase = { level: 'must', tier: 'quick', topic: 'udp', suites: ['udp-echo'] } as const;

/** Takes the next datagram; it must have these bytes and come from the server's port. `what` names it. */
export async function takeEcho(peer: DatagramPeer, payload: Uint8Array, what: string): Promise<void> {
  const { bytes, port } = await peer.receive(what);
  expectBytes(what, bytes, payload);
  if (port === peer.server.port) return;
  throw new CheckFailure({
    expected: `${what} from port ${peer.server.port}, to which it was sent`,
    actual: `it came from port ${port}`,
    cause:
      'the reply was sent through another socket; clients and firewalls drop what comes from a port that nobody spoke to',
    hint: 'sendto() on the socket that received the datagram',
  });
}

/** Sends a datagram and takes its echo. */
export async function ask(peer: DatagramPeer, payload: Uint8Array, what: string): Promise<void> {
  await peer.send(payload);
  await takeEcho(peer, payload, what);
}
