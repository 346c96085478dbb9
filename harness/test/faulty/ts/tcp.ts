/**
 * The correct small TCP server that the faulty ones are made from: tcp-echo, and what carries the frames of framed.ts.
 *
 * One fault is one file that calls serveTcp with one member of TcpFault. Not production code;
 * `c/tcp.c` is its twin in C.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import {
  type ContractFault,
  cannotListen,
  type Options,
  type Protocol,
  printReady,
  takeOptions,
} from './contract.ts';
import { type Outlet, Session } from './framed.ts';
import type { FramedFault } from './framed-fault.ts';
import { errorFrame, type Parsed } from './frames.ts';

/** What a fault may change; absent means: as it should be. */
export interface TcpFault extends ContractFault {
  /** In the framed protocol. */
  framed?: FramedFault;
  /** Node closes our half by itself when the peer's FIN comes. */
  closesWithPeer?: true;
  /** Errors of a socket have no listener. */
  noErrorListener?: true;
  /** What is told before the server listens, instead of after. */
  listen?: (server: Server, options: Options, listening: () => void) => void;
  /** After a connection was accepted. */
  opened?: (socket: Socket) => void;
  /** Changes what was read. */
  received?: (bytes: Buffer) => Buffer;
  /** Takes the place of the framed parser. */
  parse?: (input: Buffer) => Parsed;
  /** Takes the place of the write with backpressure; may come later. */
  reply?: (socket: Socket, bytes: Buffer) => void;
  /** Sends our FIN, now or when replies that come later have been written. */
  beforeFin?: (socket: Socket, end: () => void) => void;
  /** Takes the place of our FIN after what waits to be written. */
  peerEnded?: (socket: Socket) => void;
  idleTimeoutMs?: (asked: number) => number;
  /** Takes the place of the drain. */
  stop?: (server: Server) => void;
  /** Nothing is logged of connections that come and go. */
  connectionsUnlogged?: true;
  /** During the drain connections are left to their peers. */
  leavesIdleOpen?: true;
}

const NO_ID = 0;
const LINGER_BYTES = 16_777_216;
const MOST_VIOLATIONS = 10;

class Connection {
  readonly socket: Socket;
  readonly host: TcpServer;
  readonly session: Session | undefined;
  /** "127.0.0.1:80": kept, because a socket that is closed has none. */
  readonly peer: string;
  /** FIN was sent, or is queued; whatever comes is discarded. */
  finishing = false;
  discarded = 0;

  constructor(host: TcpServer, socket: Socket) {
    this.host = host;
    this.socket = socket;
    this.peer = peerName(socket);
    socket.on('data', (bytes: Buffer) => this.onData(bytes));
    if (host.framed) this.session = new Session(this.outlet(), host.fault.framed ?? {});
    socket.on('drain', () => (this.session ? this.session.settle() : socket.resume()));
    socket.on('end', () => (host.fault.peerEnded ? host.fault.peerEnded(socket) : this.onEnd()));
    // Not the callback of setTimeout(): that one is called once, and the linger limit comes after the idle limit.
    socket.on('timeout', () => this.onIdle());
    socket.setTimeout(host.idleTimeoutMs);
    if (!host.fault.noErrorListener) socket.on('error', () => {});
  }

  onData(received: Buffer): void {
    if (this.finishing) {
      this.#discard(received.length);
      return;
    }
    const { fault } = this.host;
    const bytes = fault.received?.(received) ?? received;
    if (!this.session) this.reply(bytes);
    else if (fault.parse) for (const reply of fault.parse(bytes).replies) this.reply(reply);
    else this.session.received(bytes);
  }

  #discard(length: number): void {
    this.discarded += length;
    if (this.discarded > LINGER_BYTES) this.socket.destroy();
  }

  /** What the session of the framed protocol may do with this connection. */
  outlet(): Outlet {
    const { socket, host } = this;
    const wake = () => this.session?.wake();
    return {
      ...host.options,
      write: (bytes) => {
        if (host.fault.reply) host.fault.reply(socket, bytes);
        else socket.write(bytes, wake);
      },
      logViolation: (code, reason) => {
        host.logViolation(this.peer, code, reason);
      },
      pendingBytes: () => socket.writableLength,
      pauseReading: () => socket.pause(),
      resumeReading: () => socket.resume(),
      finish: () => this.finish(),
    };
  }

  reply(bytes: Buffer): void {
    const { fault } = this.host;
    if (bytes.length === 0) return;
    if (fault.reply) fault.reply(this.socket, bytes);
    else if (!this.socket.write(bytes)) this.socket.pause();
  }

  onEnd(): void {
    if (this.session) this.session.ended();
    else this.finish();
  }

  onIdle(): void {
    const inOrder =
      !this.finishing && (this.session ? this.session.idle() : this.socket.writableLength === 0);
    if (!inOrder) this.socket.resetAndDestroy();
    else if (!this.session) this.finish();
    else this.socket.setTimeout(this.host.idleTimeoutMs); // Node asks once, and then not before bytes have moved
  }

  /** Lingering close: FIN, then read and discard until the peer's FIN or the time limit. */
  finish(): void {
    this.finishing = true;
    const end = () => this.socket.resume().end(() => this.socket.setTimeout(this.host.options.lingerMs));
    const { beforeFin } = this.host.fault;
    if (beforeFin) beforeFin(this.socket, end);
    else end();
  }

  drain(): void {
    // What stands in Node's buffer while reading is paused has been received: it goes to 'data' like all else.
    while (this.socket.read() !== null);
    if (this.session) this.session.drain();
    else if (!this.host.fault.leavesIdleOpen) this.finish();
  }

  owes(): boolean {
    return this.socket.writableLength > 0 || (this.session?.owes() ?? false);
  }
}

function peerName(socket: Socket): string {
  const { remoteAddress: host = '', remotePort: port } = socket;
  return socket.remoteFamily === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`;
}

class TcpServer {
  readonly fault: TcpFault;
  readonly framed: boolean;
  readonly options = takeOptions();
  readonly connections = new Set<Connection>();
  readonly server: Server;
  draining = false;
  refusalLoggedMs = Number.NEGATIVE_INFINITY;
  violationsSinceMs = Number.NEGATIVE_INFINITY;
  violations = 0;
  suppressed = 0;

  constructor(protocol: Protocol, fault: TcpFault) {
    this.fault = fault;
    this.framed = protocol === 'framed';
    this.server = createServer({ allowHalfOpen: !fault.closesWithPeer, noDelay: true });
    this.server.on('connection', (socket) => this.onConnection(socket));
    this.server.on('error', (error) => cannotListen(this.options, error));
    this.listen(() => {
      const address = this.server.address();
      const port = address !== null && typeof address === 'object' ? address.port : this.options.port;
      printReady(protocol, this.options.host, port, fault);
    });
    // Nobody may be left to read the log.
    process.stderr.on('error', () => {});
    for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => this.onSignal(name));
  }

  get idleTimeoutMs(): number {
    const asked = this.options.idleTimeoutMs;
    return this.fault.idleTimeoutMs?.(asked) ?? asked;
  }

  listen(listening: () => void): void {
    const { host, backlog, port: asked } = this.options;
    const port = this.fault.port?.(asked) ?? asked;
    if (this.fault.listen) this.fault.listen(this.server, this.options, listening);
    else this.server.listen({ host, port, backlog }, listening);
  }

  onConnection(socket: Socket): void {
    if (this.connections.size >= this.options.maxConnections) {
      this.logRefusal();
      const refuses = this.framed && !this.fault.framed?.refusesSilently;
      if (refuses) socket.write(errorFrame(5, NO_ID, 'OVERLOADED'));
      socket.on('error', () => {}).destroySoon();
      return;
    }
    const connection = new Connection(this, socket);
    this.connections.add(connection);
    this.logConnection('open', connection);
    this.fault.opened?.(socket);
    socket.once('close', () => {
      this.logConnection('close', connection);
      this.connections.delete(connection);
      connection.session?.closed();
    });
  }

  /** At most one line a second. */
  logRefusal(): void {
    if (performance.now() - this.refusalLoggedMs < 1000) return;
    this.refusalLoggedMs = performance.now();
    process.stderr.write(`event=limit reason=max-connections connections=${this.connections.size}\n`);
  }

  logConnection(event: string, { peer }: Connection): void {
    const isLogged = this.options.logsConnections && !this.fault.connectionsUnlogged;
    if (isLogged) process.stderr.write(`event=${event} peer=${peer}\n`);
  }

  logViolation(peer: string, code: number, reason: string): void {
    if (!this.mayLogViolation()) {
      this.suppressed += 1;
      return;
    }
    const suppressed = this.suppressed > 0 ? ` suppressed=${this.suppressed}` : '';
    process.stderr.write(`event=violation peer=${peer} code=${code} reason=${reason}${suppressed}\n`);
    this.suppressed = 0;
  }

  /** At most so many lines a second. */
  mayLogViolation(): boolean {
    if (performance.now() - this.violationsSinceMs >= 1000) {
      this.violationsSinceMs = performance.now();
      this.violations = 0;
    }
    this.violations += 1;
    return this.violations <= MOST_VIOLATIONS;
  }

  onSignal(signal: string): void {
    if (this.fault.stop) this.fault.stop(this.server);
    else if (this.draining) process.exit(this.owesAnything() ? 1 : 0);
    else this.drain(signal);
  }

  drain(signal: string): void {
    this.draining = true;
    process.stderr.write(`event=drain signal=${signal} connections=${this.connections.size}\n`);
    // Not by itself: a log line that nobody reads would hold it up for ever.
    this.server.close(() => process.exit(0));
    for (const connection of this.connections) connection.drain();
    setTimeout(() => process.exit(this.owesAnything() ? 1 : 0), this.options.drainTimeoutMs).unref();
  }

  owesAnything(): boolean {
    return [...this.connections].some((connection) => connection.owes());
  }
}

/** Serves until it is told to stop; nothing is returned because the process ends by itself. */
export function serveTcp(protocol: 'tcp-echo' | 'framed', fault: TcpFault = {}): void {
  new TcpServer(protocol, fault);
}
