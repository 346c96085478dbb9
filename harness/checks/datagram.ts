/**
 * One UDP socket of a check: bound before it is handed out, what it receives is queued, and the death of the
 * server is noticed.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { CheckFailure } from './check.ts';
import type { ConnectOptions, Datagram, DatagramPeer, Server } from './context.ts';
import { reachable } from './peer.ts';
import type { Waits } from './waits.ts';

/** Above this, datagrams that nobody takes are dropped: a flooding server must not fill our memory. */
const MOST_QUEUED = 100_000;
/** Asked of the kernel, which may grant less: a burst of replies should not be lost on our side. */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

export async function openDatagrams(
  server: Server,
  waits: Waits,
  options: ConnectOptions = {},
): Promise<UdpPeer> {
  const host = reachable(options.host ?? server.host);
  const v6 = host.includes(':');
  const socket = createSocket({ type: v6 ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER_BYTES });
  socket.bind(0, options.localAddress ?? (v6 ? '::1' : '127.0.0.1'));
  await once(socket, 'listening');
  return new UdpPeer(socket, host, server, waits);
}

export class UdpPeer implements DatagramPeer {
  readonly server: Server;
  readonly localPort: number;
  readonly #socket: Socket;
  readonly #host: string;
  readonly #waits: Waits;
  readonly #queue: Datagram[] = [];
  readonly #readers: ((datagram: Datagram) => void)[] = [];
  #closed = false;

  constructor(socket: Socket, host: string, server: Server, waits: Waits) {
    this.#socket = socket;
    this.#host = host;
    this.#waits = waits;
    this.server = server;
    this.localPort = socket.address().port;
    socket.on('message', (bytes, from) => this.#received(bytes, from));
    // Errors of a send come to its callback; others (an ICMP message) say nothing that a check waits for.
    socket.on('error', () => {});
  }

  send(bytes: Uint8Array | string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(Buffer.from(bytes), this.server.port, this.#host, (error) =>
        error ? reject(error) : resolve(),
      );
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
