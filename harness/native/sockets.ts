/**
 * What Node does not offer about sockets: options, TCP_INFO, drop counters, socket tables, the loopback interface, CPUs.
 *
 * It opens and reads no sockets of its own but the one that asks the kernel for the tables (sock_diag), so that iproute2
 * is not needed. Linux only. Every function throws an Error with `code` (EBADF, ENOPROTOOPT, EPERM) if the kernel refuses.
 */
import type { Socket as DatagramSocket } from 'node:dgram';
import { readdirSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { getSystemErrorName } from 'node:util';
import { type ForgedEnds, type NativeConnection, native } from './addon.ts';

/** Levels and names of the options that the harness uses (asm-generic values, the same on x86-64 and arm64). */
export const SocketOption = {
  SOL_SOCKET: 1,
  SO_TYPE: 3,
  SO_ERROR: 4,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_KEEPALIVE: 9,
  SO_LINGER: 13,
  SO_REUSEPORT: 15,
  SO_RCVLOWAT: 18,
  SO_ACCEPTCONN: 30,
  SO_INCOMING_CPU: 49,
  IPPROTO_IP: 0,
  IP_TOS: 1,
  IP_TTL: 2,
  IP_MTU_DISCOVER: 10,
  IP_MTU: 14,
  IPPROTO_TCP: 6,
  TCP_NODELAY: 1,
  TCP_MAXSEG: 2,
  TCP_CORK: 3,
  TCP_KEEPIDLE: 4,
  TCP_KEEPINTVL: 5,
  TCP_KEEPCNT: 6,
  TCP_DEFER_ACCEPT: 9,
  TCP_WINDOW_CLAMP: 10,
  TCP_QUICKACK: 12,
  TCP_USER_TIMEOUT: 18,
  TCP_NOTSENT_LOWAT: 25,
  IPPROTO_IPV6: 41,
  IPV6_V6ONLY: 26,
} as const;

/** The descriptor behind a Node socket or server. It reads an internal of Node, the only way there is. */
export function fdOf(socket: Socket | Server | DatagramSocket): number {
  const fd = handleOf(socket)?.fd;
  if (fd === undefined || fd < 0) throw new Error('the socket has no descriptor: it is not open (any more)');
  return fd;
}

function handleOf(socket: object): { fd?: number } | undefined {
  const symbol = Object.getOwnPropertySymbols(socket).find((one) => one.description === 'state symbol');
  if (symbol) return (socket as Record<symbol, { handle?: { fd?: number } } | undefined>)[symbol]?.handle;
  return (socket as { _handle?: { fd?: number } })._handle;
}

/** Gives the errno of a native call its name and its words. */
function named<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    const code = getSystemErrorName(-errno);
    throw Object.assign(new Error(`${message}: ${code}`), { code, errno: -errno, syscall: message });
  }
}

/** setsockopt: a number is passed as int, bytes as they are (SO_LINGER: two ints). */
export function setOption(fd: number, level: number, name: number, value: number | Uint8Array): void {
  named(() => native.setOption(fd, level, name, value));
}

/** getsockopt of an int. */
export function getOption(fd: number, level: number, name: number): number {
  return named(() => native.getOption(fd, level, name));
}

/** getsockopt of anything else: at most `length` bytes, as many as the kernel gave. */
export function getOptionBytes(fd: number, level: number, name: number, length: number): Uint8Array {
  return named(() => native.getOptionBytes(fd, level, name, length));
}

/** TCP_INFO: what the kernel knows about a connection. `Us` are microseconds; counters run from the connection's start. */
export interface TcpInfo {
  state: TcpState;
  retransmits: number;
  rttUs: number;
  rttVarUs: number;
  minRttUs: number;
  rtoUs: number;
  sndMss: number;
  rcvMss: number;
  sndCwnd: number;
  sndSsthresh: number;
  unacked: number;
  lost: number;
  retransBytes: number;
  totalRetrans: number;
  pmtu: number;
  notsentBytes: number;
  bytesSent: number;
  bytesAcked: number;
  bytesReceived: number;
  segsOut: number;
  segsIn: number;
  /** Segments that carried data. */
  dataSegsOut: number;
  dataSegsIn: number;
  rcvSpace: number;
}

/** TCP_INFO of a TCP socket. */
export function tcpInfo(fd: number): TcpInfo {
  const { state = 0, ...rest } = named(() => native.tcpInfo(fd));
  return { ...rest, state: stateName(state) } as TcpInfo;
}

const DROPS = 8;

/** Datagrams that the kernel dropped at this socket because its receive buffer was full (SO_MEMINFO). */
export function meminfoDrops(fd: number): number {
  return named(() => native.meminfo(fd))[DROPS] ?? 0;
}

const TCP_STATES = [
  'UNKNOWN',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
] as const;

/** A bound UDP socket is CLOSE, or ESTABLISHED if it is connected. */
export type TcpState = (typeof TCP_STATES)[number];

function stateName(state: number): TcpState {
  return TCP_STATES[state] ?? 'UNKNOWN';
}

export interface SocketEntry {
  transport: 'tcp' | 'udp';
  family: 4 | 6;
  local: { host: string; port: number };
  remote: { host: string; port: number };
  state: TcpState;
  /** Bytes received and not yet read; for a listener the connections that wait to be accepted. */
  rxQueue: number;
  /** Bytes not yet acknowledged; 0 for a listener. */
  txQueue: number;
  /** Only for listeners: the length of the accept queue that listen() asked for (capped by somaxconn). */
  backlog?: number;
  /** Of the socket; the target of /proc/PID/fd/N is `socket:[inode]`. 0 in TIME_WAIT. */
  inode: number;
  uid: number;
  /** Datagrams (UDP) or connections (listener) dropped because the queue was full. */
  drops: number;
}

/**
 * All TCP and UDP sockets of this network namespace, over IPv4 and IPv6.
 * @param port only those with this local or remote port
 */
export function socketTable(port?: number): SocketEntry[] {
  const entries = named(() => native.socketTable());
  const wanted =
    port === undefined ? entries : entries.filter((one) => one.localPort === port || one.remotePort === port);
  return wanted.map((raw) => {
    const state = stateName(raw.state);
    const listens = raw.transport === 'tcp' && state === 'LISTEN';
    const entry: SocketEntry = {
      transport: raw.transport,
      family: raw.family,
      local: { host: raw.localHost, port: raw.localPort },
      remote: { host: raw.remoteHost, port: raw.remotePort },
      state,
      rxQueue: raw.rxQueue,
      txQueue: listens ? 0 : raw.txQueue,
      inode: raw.inode,
      uid: raw.uid,
      drops: raw.drops,
    };
    return listens ? { ...entry, backlog: raw.txQueue } : entry;
  });
}

/**
 * The queues of one end of a TCP connection, by its IPv4 addresses; undefined when there is no such connection (any more).
 * A dual-stack server's end is found by its IPv4 addresses too. One look-up in the kernel's hash table: microseconds, where
 * {@link socketTable} walks all of it.
 */
export function socketQueues(
  local: { host: string; port: number },
  remote: { host: string; port: number },
): { rxQueue: number; txQueue: number } | undefined {
  const found = named(() => native.socketQueues(idOf(local, remote)));
  // Where there is no such connection, the kernel may answer with the listener.
  return found && stateName(found.state) !== 'LISTEN'
    ? { rxQueue: found.rxQueue, txQueue: found.txQueue }
    : undefined;
}

/**
 * TCP_INFO of one end of a connection, by its IPv4 addresses, whichever process it belongs to; undefined when there is no such
 * connection (any more).
 */
export function connectionInfo(
  local: { host: string; port: number },
  remote: { host: string; port: number },
): TcpInfo | undefined {
  const found = named(() => native.socketInfo(idOf(local, remote)));
  if (!found) return undefined;
  const state = stateName(found.state ?? 0);
  return state === 'LISTEN' ? undefined : ({ ...found, state } as TcpInfo);
}

function idOf(
  local: { host: string; port: number },
  remote: { host: string; port: number },
): NativeConnection {
  return { localHost: local.host, localPort: local.port, remoteHost: remote.host, remotePort: remote.port };
}

/** Sends one byte as urgent data (MSG_OOB); fails with EAGAIN when the socket's send buffer is full. */
export function sendUrgent(fd: number, byte: number): void {
  named(() => native.sendUrgent(fd, byte));
}

/**
 * From now on the socket receives nothing, not even acknowledgements, and answers nothing: its peer is left as after the loss
 * of the machine at this end. What it has sent it goes on to repeat.
 */
export function dropIncoming(fd: number): void {
  named(() => native.dropIncoming(fd));
}

/** Brings the interface `lo` up, as `ip link set lo up` does: a fresh network namespace has it down. */
export function bringLoopbackUp(): void {
  named(() => native.bringLoopbackUp());
}

/** Sends one UDP datagram over IPv4 whose sender is made up, port 0 included. Needs CAP_NET_RAW, which an arena has. */
export function sendForged(ends: ForgedEnds, payload: Uint8Array): void {
  named(() => native.sendForged(ends, payload));
}

/** Pins every thread of a process to these CPUs; threads that they start later inherit it. 0 is this process. */
export function setAffinity(pid: number, cpus: number[]): void {
  for (const thread of readdirSync(`/proc/${pid || 'self'}/task`))
    named(() => native.setThreadAffinity(Number(thread), cpus));
}

/** The CPUs that the main thread of a process may run on. 0 is the calling thread. */
export function getAffinity(pid: number): number[] {
  return named(() => native.getThreadAffinity(pid));
}
