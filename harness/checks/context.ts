/**
 * Everything that a check may use. Types only: live-context.ts makes it, peer.ts and datagram.ts hold the
 * sockets.
 *
 * Nothing here sleeps. Each wait has a name and ends by an event or by a state of the kernel; behind
 * them stands one deadline, which counts from the last thing that happened and reports what was waited for.
 */
import type { Excess } from '../excess.ts';
import type { TcpInfo } from '../native/sockets.ts';
import type { Exit, Flags, StartOptions } from '../process.ts';
import type { Usage } from '../process-tree.ts';
import type { Ready } from '../ready-line.ts';
import type { ServerSpec, Suite } from '../servers.ts';

export type { Exit, Flags } from '../process.ts';

/** A started program, ready or not. */
export interface Launched {
  readonly pid: number;
  /**
   * Resolves with the ready line; rejects with ServerFault (counts as a failure) when it exits first or
   * prints something else.
   */
  readonly ready: Promise<Ready>;
  /** Resolves when the process is gone and its output was read to the end. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Undefined while it runs. */
  readonly exit: Exit | undefined;
  /** All of stdout, capped to its first and last 64 KiB. */
  stdout(): string;
  /** The last 64 KiB of stderr. */
  stderr(): string;
  /** Resolves with the first line of stderr that matches, also if it has already come. */
  stderrLine(pattern: RegExp): Promise<string>;
  /** Sends a signal to the process itself (not its group). */
  signal(name: NodeJS.Signals): void;
  /** Closes the harness's ends of stdout and stderr, as a dead log collector would. */
  closeOutput(): void;
}

/** A server that is ready. */
export interface Server extends Launched {
  readonly host: string;
  readonly port: number;
}

/** What is known of a server after it was stopped: input of `Check.atTeardown`. */
export interface ServerEnd {
  /** The check that had started it. */
  checkId: string;
  stdout: string;
  stderr: string;
  exit: Exit;
  /** True when the harness had to end it by SIGKILL. */
  killed: boolean;
  /** Process ids of its session that were still alive after it had exited by itself (then killed). */
  leftBehind: number[];
  /** What it used too much of, so that the harness had to end it. */
  excess?: Excess;
}

/** How the server ended a connection: `fin` in order, `reset` with RST. */
export type Ending = 'fin' | 'reset';

export interface ConnectOptions {
  /** Default: that of the ready line, else 127.0.0.1. */
  host?: string;
  /** Client address; loopback has many: 127.0.0.2 ... */
  localAddress?: string;
  /** True: nothing is read until `resume()`. */
  paused?: boolean;
}

export interface DatagramOptions extends ConnectOptions {
  /** True: connect() to the server, so that the kernel drops what comes from anybody else. */
  connected?: boolean;
}

/**
 * One TCP connection to a server, seen from the client. All handlers are attached before it connects,
 * TCP_NODELAY is set, and it stays half-open: our half is closed only by `end`, `reset` or the teardown.
 */
export interface Peer {
  readonly localHost: string;
  readonly localPort: number;
  readonly server: Server;
  /** Bytes received in all. */
  readonly bytesReceived: number;
  /** Bytes that the kernel took from us, to the last full piece of 64 KiB. */
  readonly bytesSent: number;
  /** How it ended; undefined while the server's half is open. */
  readonly ended: Ending | undefined;
  /** Queues bytes; never blocks. Writing to a connection that is gone is allowed and does nothing. */
  write(bytes: Uint8Array | string): void;
  /** Bytes queued that the kernel has not taken yet. */
  pendingBytes(): number;
  /**
   * Resolves when the kernel has taken everything that was queued, FIN included. Rejects with CheckFailure on
   * a reset.
   */
  flushed(): Promise<void>;
  /** Exactly n bytes, in order; fails when the connection ends before. `what` is named in the failure. */
  take(n: number, what?: string): Promise<Buffer>;
  /** All bytes until the server's FIN; fails on a reset. */
  takeUntilEnd(what?: string): Promise<Buffer>;
  /** Bytes received and not yet taken, without waiting. */
  buffered(): number;
  /** Resolves when the server's half has ended, whichever way; what came before can still be taken. */
  ending(): Promise<Ending>;
  /** Sends FIN after what is queued. */
  end(): void;
  /** Sends RST at once. */
  reset(): void;
  /** Closes both halves: what the server sends from now on is answered with RST. Nothing is received any more. */
  close(): void;
  /** Sends one byte as urgent data; what was written before must be flushed. Needs `native`. */
  sendUrgent(byte: number): void;
  /** From now on this end receives nothing and acknowledges nothing, as after a power cut. Needs `native`. */
  vanish(): void;
  /** Stops reading: the kernel's buffers fill, then the server's. */
  pause(): void;
  resume(): void;
}

/** Connections that wait to be accepted. */
export interface AcceptQueue {
  waiting: number;
  /** The length that listen() asked for, as far as the kernel's limit (somaxconn) allows it. */
  backlog: number;
  /** Attempts to connect that were dropped because the queue was full. */
  drops: number;
}

/** What the kernel says of the server's socket of a connection. */
export interface ServerEndOfConnection {
  /** Bytes received and not yet read; FIN counts as one. */
  rxQueue: number;
  /** Bytes written and not yet acknowledged, sent or not. */
  txQueue: number;
  /** Undefined without the addon. */
  tcpInfo: TcpInfo | undefined;
}

export interface Datagram {
  bytes: Buffer;
  host: string;
  port: number;
}

/** What the kernel says about the receive queue of one UDP port. */
export interface DatagramQueue {
  /** Bytes received and not yet read. */
  waiting: number;
  /** Datagrams dropped since the socket was opened, because the queue was full. */
  dropped: number;
}

/** One UDP socket of a client. */
export interface DatagramPeer {
  readonly localPort: number;
  readonly server: Server;
  /** Resolves when the kernel took it; rejects with the system's error (EMSGSIZE ...). */
  send(bytes: Uint8Array | string): Promise<void>;
  /** The next datagram, in order of arrival. */
  receive(what?: string): Promise<Datagram>;
  /** Datagrams received and not yet taken. */
  buffered(): number;
  close(): Promise<void>;
}

/** An address on which a server takes connections or datagrams. */
export interface Listener {
  host: string;
  port: number;
}

/** A seeded generator: the same seed gives the same values, in the order of the calls. */
export interface Random {
  /** Whole number, both ends included. */
  integer(min: number, max: number): number;
  bytes(length: number): Buffer;
  /**
   * Decimal digits in ASCII: a server that takes bytes for text then fails the checks of bytes, and not all
   * of them.
   */
  digits(length: number): Buffer;
  shuffle<T>(items: readonly T[]): T[];
}

export interface CheckContext {
  readonly suite: Suite;
  readonly spec: ServerSpec;
  /** Started with the check's flags before `run`. */
  readonly server: Server;
  /** Printed with a failure; replays `random`. */
  readonly seed: number;
  readonly random: Random;
  readonly tier: 'quick' | 'full';
  /** True in the private network namespace. */
  readonly inArena: boolean;

  /** Records a step; failures show the steps so far: `context.step('send a frame of 0 bytes')`. */
  step(sentence: string): void;
  /** `n` in the full tier, a tenth of it (at least 1) in quick. */
  scaled(n: number): number;

  /** Starts another server and waits for its ready line. Stopped at teardown. */
  start(flags?: Flags, options?: StartOptions): Promise<Server>;
  /**
   * The same, with 1 MiB for what clients have sent and the server has still to read, so that its reads can be large. Needs `arena`, and
   * a check that is `exclusive`.
   */
  startWithLargeReceiveBuffers(flags?: Flags): Promise<Server>;
  /**
   * Starts the program and waits for nothing: for programs that must refuse to start. Stopped at teardown.
   */
  launch(flags?: Flags, options?: StartOptions): Launched;
  /** Connects to `server` (default `context.server`); fails when it is refused. Closed at teardown. */
  connect(server?: Server, options?: ConnectOptions): Promise<Peer>;
  /**
   * Resolves with undefined when connected (and closes at once), else with the error code: 'ECONNREFUSED' ...
   */
  connectError(server: Server, options?: ConnectOptions): Promise<string | undefined>;
  /** A UDP socket that sends to `server` (default `context.server`). Closed at teardown. */
  datagrams(server?: Server, options?: DatagramOptions): Promise<DatagramPeer>;
  /**
   * Sends one datagram to `context.server` over IPv4 that names another sender: one that cannot be reached, or
   * the server itself. Needs `arena`.
   */
  forgeDatagram(from: { host: string; port: number }, bytes: Uint8Array | string): void;

  /** One exchange on a fresh connection or socket: the sanity bracket before and after each negative step. */
  stillServes(server?: Server): Promise<void>;
  /**
   * Waits for any promise, and names it when the deadline comes: `context.within('the exit of the server',
   * ...)`.
   */
  within<T>(what: string, promise: Promise<T>): Promise<T>;
  /** Polls a state of the kernel until it holds. Not for anything that has an event. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>;
  /**
   * Lets time pass: only to prove a lower bound, to count over a window, or to choose a moment where any must do. `why` is
   * shown with the steps.
   */
  elapse(ms: number, why: string): Promise<void>;

  /** Resolves when all threads of the server sleep at several looks in a row. A timer may wake it in between. */
  asleep(server?: Launched): Promise<void>;
  /**
   * Resolves when the server has done all that it will do for a client that does not read: it has read
   * everything, or it has stopped reading and sleeps while input waits. Too early can only let a wrong server
   * pass: go on in the same way for both.
   */
  settled(peer: Peer): Promise<void>;
  /** SIGSTOP, and waits until every thread of the server has stopped. */
  freeze(server?: Server): Promise<void>;
  /** SIGCONT. */
  thaw(server?: Server): void;
  /** Resolves when the server has read everything (FIN too) that was sent on this connection. */
  consumed(peer: Peer): Promise<void>;
  /** Resolves when the server's UDP socket has nothing left to read. */
  datagramsConsumed(server?: Server): Promise<void>;
  /** The queue of a server's or a client's UDP port, now. */
  datagramQueue(port: number): DatagramQueue;
  /** Of the server's process tree, now. */
  usage(server?: Server): Promise<Usage>;
  /** Where the server's processes listen (TCP) or receive (UDP), as the kernel says. Needs `native`. */
  listeners(server?: Server): Promise<Listener[]>;
  /** The accept queue of the server's listener. Needs `native`. */
  acceptQueue(server?: Server): Promise<AcceptQueue>;
  /** The server's end of a connection; undefined when it is gone. */
  serverEnd(peer: Peer): ServerEndOfConnection | undefined;
  /** Sets the soft limit of descriptors of the running server. Needs `prlimit`. */
  limitDescriptors(server: Server, soft: number): Promise<void>;
  /**
   * Counters of the arena by name, `Tcp.OutRsts`, `TcpExt.ListenOverflows`, `Udp.RcvbufErrors`. Needs
   * `arena`.
   */
  counters(): Promise<ReadonlyMap<string, number>>;
}
