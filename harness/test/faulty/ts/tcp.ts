/**
 * The correct small TCP server that the faulty ones are made from: tcp-echo, and of framed only
 * ECHO, the errors 1 to 3 and GOAWAY.
 *
 * One fault is one file that calls serveTcp with one member of TcpFault. Not production code;
 * `c/tcp.c` is its twin in C.
 */
import { createServer, type Server, type Socket } from 'node:net';
import process from 'node:process';
import {
  type ContractFault,
  cannotListen,
  type Options,
  type Protocol,
  printReady,
  takeOptions,
} from './contract.ts';
import { errorFrame, frame, type Parsed, parseFrames } from './frames.ts';

/** What a fault may change; absent means: as it should be. */
export interface TcpFault extends ContractFault {
  /** Node closes our half by itself when the peer's FIN comes. */
  closesWithPeer?: true;
  /** Errors of a socket have no listener. */
  noErrorListener?: true;
  /** What is told before the server listens, instead of after. */
  listen?: (server: Server, options: Options, listening: () => void) => void;
  /** Changes what was read. */
  received?: (bytes: Buffer) => Buffer;
  /** Takes the place of the framed parser. */
  parse?: (input: Buffer, maxFrameSize: number) => Parsed;
  /** Takes the place of the write with backpressure; may come later. */
  reply?: (socket: Socket, bytes: Buffer) => void;
  /** Takes the place of our FIN after what waits to be written. */
  peerEnded?: (socket: Socket) => void;
  idleTimeoutMs?: (asked: number) => number;
  /** Takes the place of the drain. */
  stop?: (server: Server) => void;
  /** During the drain connections are left to their peers. */
  leavesIdleOpen?: true;
}

const NO_ID = 0;

class Connection {
  readonly socket: Socket;
  readonly host: TcpServer;
  input: Buffer = Buffer.alloc(0);
  /** Requests that got a reply. */
  answered = 0;
  /** FIN was sent, or is queued; whatever comes is discarded. */
  finishing = false;

  constructor(host: TcpServer, socket: Socket) {
    this.host = host;
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.onData(bytes));
    socket.on('drain', () => socket.resume());
    socket.on('end', () => (host.fault.peerEnded ? host.fault.peerEnded(socket) : this.onEnd()));
    socket.setTimeout(host.idleTimeoutMs, () => this.onIdle());
    if (!host.fault.noErrorListener) socket.on('error', () => {});
  }

  onData(received: Buffer): void {
    if (this.finishing) return;
    const { fault, framed } = this.host;
    const bytes = fault.received?.(received) ?? received;
    if (framed) this.onFrames(bytes);
    else this.reply(bytes);
  }

  onFrames(bytes: Buffer): void {
    const { fault, options } = this.host;
    const parse = fault.parse ?? parseFrames;
    const parsed = parse(Buffer.concat([this.input, bytes]), options.maxFrameSize);
    this.input = parsed.rest;
    this.answered += parsed.replies.length;
    for (const reply of parsed.replies) this.reply(reply);
    if (parsed.fatal) process.stderr.write(`event=violation reason=${parsed.fatal}\n`);
    if (parsed.fatal || (this.host.draining && this.input.length === 0)) this.finish();
  }

  reply(bytes: Buffer): void {
    const { fault } = this.host;
    if (bytes.length === 0) return;
    if (fault.reply) fault.reply(this.socket, bytes);
    else if (!this.socket.write(bytes)) this.socket.pause();
  }

  onEnd(): void {
    if (this.input.length > 0) process.stderr.write('event=violation code=0 reason=TRUNCATED_FRAME\n');
    this.finishing = true;
    this.socket.end();
  }

  onIdle(): void {
    if (this.finishing || this.socket.writableLength > 0) this.socket.resetAndDestroy();
    else {
      if (this.host.framed) this.reply(errorFrame(6, NO_ID, 'IDLE_TIMEOUT'));
      this.finish();
    }
  }

  /** Lingering close: FIN, then read and discard until the peer's FIN or the time limit. */
  finish(): void {
    this.finishing = true;
    this.socket.resume().end().setTimeout(this.host.options.lingerMs);
  }

  drain(): void {
    if (this.host.framed) this.reply(frame(0xfe, NO_ID, this.answeredAtTheEnd()));
    if (this.input.length === 0 && !this.host.fault.leavesIdleOpen) this.finish();
  }

  /** Payload of GOAWAY: a frame of which a byte has come will be answered too. */
  answeredAtTheEnd(): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(this.answered + (this.input.length > 0 ? 1 : 0));
    return count;
  }

  owes(): boolean {
    return this.socket.writableLength > 0 || this.input.length > 0;
  }
}

class TcpServer {
  readonly fault: TcpFault;
  readonly framed: boolean;
  readonly options = takeOptions();
  readonly connections = new Set<Connection>();
  readonly server: Server;
  draining = false;

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
    process.on('SIGTERM', () => this.onSignal());
    process.on('SIGINT', () => this.onSignal());
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
      if (this.framed) socket.write(errorFrame(5, NO_ID, 'OVERLOADED'));
      socket.on('error', () => {}).destroySoon();
      return;
    }
    const connection = new Connection(this, socket);
    this.connections.add(connection);
    socket.once('close', () => this.connections.delete(connection));
  }

  onSignal(): void {
    if (this.fault.stop) this.fault.stop(this.server);
    else if (this.draining) process.exit(this.owesAnything() ? 1 : 0);
    else this.drain();
  }

  drain(): void {
    this.draining = true;
    this.server.close();
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
