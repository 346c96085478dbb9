/**
 * One TCP connection of a check to a server: all handlers attached from the start, reads buffered, its end
 * remembered.
 *
 * The hazards it removes: an 'end' that fired before anyone listened, a half that the client forgot to close,
 * and memory that a flooding server fills. It knows no protocol.
 */
import { createConnection, type Socket } from 'node:net';
import { MIB } from '../units.ts';
import { CheckFailure } from './check.ts';
import type { ConnectOptions, Ending, Peer, Server } from './context.ts';
import type { Waits } from './waits.ts';

/** What Node does not offer, where the addon is built. */
const native = await import('../native/sockets.ts').catch(() => undefined);

/** The socket gets this much at a time, so that `bytesSent` is exact to one piece. */
const PIECE_BYTES = 64 * 1024;
/** Reading pauses when this much was received and not taken: more than any check asks for. */
const MOST_BUFFERED_BYTES = 96 * MIB;

interface Reader {
  wanted: number;
  what: string;
  resolve(bytes: Buffer): void;
  reject(failure: CheckFailure): void;
}

/** Connects; rejects with the system's error. `::` and `0.0.0.0` are reached by loopback. */
export function connectPeer(server: Server, waits: Waits, options: ConnectOptions = {}): Promise<TcpPeer> {
  const socket = createConnection({
    host: reachable(options.host ?? server.host),
    port: server.port,
    allowHalfOpen: true,
    noDelay: true,
    ...(options.localAddress ? { localAddress: options.localAddress } : {}),
  });
  const peer = new TcpPeer(socket, server, waits);
  if (options.paused) peer.pause();
  return peer.connected.then(() => peer);
}

export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

export class TcpPeer implements Peer {
  readonly server: Server;
  readonly connected: Promise<void>;
  localPort = 0;
  localHost = '';
  bytesReceived = 0;
  bytesSent = 0;
  ended: Ending | undefined;

  readonly #socket: Socket;
  readonly #waits: Waits;
  readonly #endListeners: (() => void)[] = [];
  readonly #flushListeners: (() => void)[] = [];
  #chunks: Buffer[] = [];
  #buffered = 0;
  #reader: Reader | undefined;
  #queue: Buffer[] = [];
  #writing = false;
  #finWanted = false;
  #closedByUs = false;
  #pausedByCheck = false;

  constructor(socket: Socket, server: Server, waits: Waits) {
    this.#socket = socket;
    this.server = server;
    this.#waits = waits;
    this.connected = new Promise((resolve, reject) => {
      socket.once('connect', () => {
        this.localPort = socket.localPort ?? 0;
        this.localHost = socket.localAddress ?? '';
        resolve();
      });
      socket.once('error', reject);
    });
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('end', () => this.#finish('fin'));
    socket.on('error', () => this.#finish('reset'));
  }

  write(bytes: Uint8Array | string): void {
    const whole = Buffer.from(bytes);
    for (let offset = 0; offset < whole.length; offset += PIECE_BYTES)
      this.#queue.push(whole.subarray(offset, offset + PIECE_BYTES));
    this.#pump();
  }

  async flushed(): Promise<void> {
    if (this.#allWritten()) return;
    await this.#waits.for(
      `the server to take ${this.#queuedBytes()} more bytes`,
      new Promise<void>((resolve) => this.#flushListeners.push(resolve)),
    );
    if (!this.#allWritten()) throw this.#endedEarly('all bytes written', this.bytesSent);
  }

  take(n: number, what = `${n} bytes from the server`): Promise<Buffer> {
    return this.#waits.for(
      what,
      new Promise((resolve, reject) => {
        if (this.#reader) throw new Error('two readers on one connection: await the first take()');
        this.#reader = { wanted: n, what, resolve, reject };
        this.#serveReader();
      }),
    );
  }

  takeUntilEnd(what = 'everything until the FIN of the server'): Promise<Buffer> {
    return this.take(Number.POSITIVE_INFINITY, what);
  }

  buffered(): number {
    return this.#buffered;
  }

  ending(): Promise<Ending> {
    return this.#waits.for(
      'the server to close the connection',
      new Promise((resolve) => {
        const look = (): void => {
          if (this.ended) resolve(this.ended);
        };
        this.#endListeners.push(look);
        look();
      }),
    );
  }

  end(): void {
    this.#finWanted = true;
    this.#pump();
  }

  reset(): void {
    this.#closedByUs = true;
    this.#socket.resetAndDestroy();
  }

  pause(): void {
    this.#pausedByCheck = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#pausedByCheck = false;
    this.#socket.resume();
  }

  /** Bytes written that the kernel has not taken yet. */
  pendingBytes(): number {
    return this.#queuedBytes() + this.#socket.writableLength;
  }

  /** Ends it in whatever state it is. */
  close(): void {
    this.#closedByUs = true;
    this.#socket.destroy();
  }

  sendUrgent(byte: number): void {
    native?.sendUrgent(native.fdOf(this.#socket), byte);
  }

  vanish(): void {
    native?.dropIncoming(native.fdOf(this.#socket));
  }

  #received(chunk: Buffer): void {
    this.bytesReceived += chunk.length;
    this.#buffered += chunk.length;
    this.#chunks.push(chunk);
    this.#serveReader();
    if (this.#buffered > MOST_BUFFERED_BYTES) this.#socket.pause();
  }

  #finish(ending: Ending): void {
    // The first ending is the one that counts: after a FIN, an error can only come from our own late writes.
    if (this.#closedByUs) return;
    this.ended ??= ending;
    this.#serveReader();
    for (const listener of this.#endListeners) listener();
    if (ending === 'reset') for (const listener of this.#flushListeners.splice(0)) listener();
  }

  #serveReader(): void {
    const reader = this.#reader;
    if (!reader) return;
    const untilEnd = reader.wanted === Number.POSITIVE_INFINITY;
    const complete = untilEnd ? this.ended === 'fin' : this.#buffered >= reader.wanted;
    if (!complete && !this.ended && this.#buffered <= MOST_BUFFERED_BYTES) return;
    this.#reader = undefined;
    if (complete) reader.resolve(this.#cut(untilEnd ? this.#buffered : reader.wanted));
    else reader.reject(this.#endedEarly(reader.what, this.#buffered));
  }

  #cut(n: number): Buffer {
    const all = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks);
    this.#chunks = n < all.length ? [all.subarray(n)] : [];
    this.#buffered = all.length - n;
    if (!this.#pausedByCheck) this.#socket.resume();
    return all.subarray(0, n);
  }

  #endedEarly(expected: string, bytes: number): CheckFailure {
    const how = this.ended === 'reset' ? 'the connection was reset (RST)' : 'the server sent FIN';
    const actual = this.ended
      ? `${how} after ${bytes} bytes`
      : `${bytes} bytes and no end: the server floods us`;
    return new CheckFailure({ expected, actual });
  }

  #pump(): void {
    if (this.#writing || this.#socket.destroyed) return;
    const piece = this.#queue.shift();
    if (!piece) {
      const tell = (): void => {
        for (const listener of this.#flushListeners.splice(0)) listener();
      };
      if (this.#finWanted) this.#socket.end(tell);
      else tell();
      return;
    }
    this.#writing = true;
    this.#socket.write(piece, (error) => {
      this.#writing = false;
      if (error) return;
      this.bytesSent += piece.length;
      this.#pump();
    });
  }

  #allWritten(): boolean {
    const finSent = !this.#finWanted || this.#socket.writableFinished;
    return this.#queue.length === 0 && !this.#writing && finSent;
  }

  #queuedBytes(): number {
    return this.#queue.reduce((total, piece) => total + piece.length, 0);
  }
}
