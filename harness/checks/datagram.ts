/**
 * One UDP socket of a check: bound before it is handed out, what it receives is queued, and the death of the
 * server is noticed.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { MIB } from '../units.ts';
import { CheckFailure } from './check.ts';
import type { Datagram, DatagramOptions, DatagramPeer, Server } from './context.ts';
import { reachable } from './peer.ts';
import type { Waits } from './waits.ts';

/** Above this, datagrams that nobody takes are dropped: a flooding server must not fill our memory. */
const MOST_QUEUED = 100_000;
/** Asked of the kernel, which may grant less: a burst of replies should not be lost on our side. */
const RECEIVE_BUFFER_BYTES = 4 * MIB;

export async function openDatagrams(
  server: Server,
  waits: Waits,
  options: DatagramOptions = {},
): Promise<UdpPeer> {
  const host = reachable(options.host ?? server.host);
  const v6 = host.includes(':');
  const socket = createSocket({ type: v6 ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
  socket.bind(0, options.localAddress ?? (v6 ? '::1' : '127.0.0.1'));
  await once(socket, 'listening');
  if (options.connected) {
    socket.connect(server.port, host);
    await once(socket, 'connect');
  }
  return new UdpPeer(socket, host, server, waits, options.connected ?? false);
}

/** The addon, where it is built: an arena needs it too. */
const native = await import('../native/sockets.ts').catch(() => undefined);

/** Sends one datagram over IPv4 to a server, with a sender that is made up. Only in an arena. */
export function forgeDatagram(
  from: { host: string; port: number },
  to: Server,
  bytes: Uint8Array | string,
): void {
  if (!native) throw new Error('the addon is not built');
  const ends = { sourceHost: from.host, sourcePort: from.port, host: reachable(to.host), port: to.port };
  native.sendForged(ends, Buffer.from(bytes));
}

export class UdpPeer implements DatagramPeer {
  readonly server: Server;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #host: string;
  readonly #connected: boolean;
  readonly #waits: Waits;
  readonly #queue: Datagram[] = [];
  readonly #readers: ((datagram: Datagram) => void)[] = [];
  #closed = false;

  constructor(socket: Socket, host: string, server: Server, waits: Waits, connected: boolean) {
    this.#socket = socket;
    this.#host = host;
    this.#connected = connected;
    this.#waits = waits;
    this.server = server;
    this.localPort = socket.address().port;
    socket.on('message', (bytes, from) => this.#received(bytes, from));
    // Errors of a send come to its callback; others (an ICMP message) say nothing that a check waits for.
    socket.on('error', () => {});
  }

  send(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (error: Error | null): void => (error ? reject(error) : resolve());
      if (this.#connected) this.#socket.send(Buffer.from(bytes), done);
      else this.#socket.send(Buffer.from(bytes), this.server.port, this.#host, done);
    });
  }

  receive(what = 'a datagram from the server'): Promise<Datagram> {
    const next = this.#queue.shift();
    if (next) return Promise.resolve(next);
    const arrival = new Promise<Datagram>((resolve) => this.#readers.push(resolve));
    const death = this.server.exited.then(({ code, signal }): never => {
      const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
      throw new CheckFailure({ expected: what, actual: `the server ${how}` });
    });
    return this.#waits.for(what, Promise.race([arrival, death]));
  }

  buffered(): number {
    return this.#queue.length;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  #received(bytes: Buffer, from: RemoteInfo): void {
    const datagram = { bytes, host: from.address, port: from.port };
    const reader = this.#readers.shift();
    if (reader) reader(datagram);
    else if (this.#queue.length < MOST_QUEUED) this.#queue.push(datagram);
  }
}
