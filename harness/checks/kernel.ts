/**
 * What the kernel says about sockets of this network namespace: queues of connections, and counters.
 *
 * An empty receive queue on the server's side is the one proof that a server has read what was sent to it: no
 * sleep can give it.
 */
import { readFileSync } from 'node:fs';
import type { TcpInfo, TcpState } from '../native/sockets.ts';
import type { DatagramQueue } from './context.ts';

export interface Endpoint {
  host: string;
  port: number;
}

/** One end of a TCP connection. */
interface TcpRow {
  /** Sent and not yet acknowledged, or not yet sent. */
  txQueue: number;
  /** Received and not yet read; FIN counts as one byte. */
  rxQueue: number;
}

export interface ConnectionRows {
  /** Undefined when this end is gone. */
  client: TcpRow | undefined;
  server: TcpRow | undefined;
}

/** The look-up of the addon, where it is built. */
const native = await import('../native/sockets.ts').catch(() => undefined);

/**
 * Both ends of a connection over loopback. The client's address tells apart clients that share a port number.
 */
export function connectionRows(client: Endpoint, server: Endpoint): ConnectionRows {
  if (!native || client.host.includes(':')) return rowsFromProc(client, server.port);
  return { client: native.socketQueues(client, server), server: native.socketQueues(server, client) };
}

/**
 * Whether the server has read all that it was sent; true also when its end is gone.
 *
 * An empty queue of the client would say that all has arrived, but only with its acknowledgement, which may be 40 ms late (RFC 1122 section
 * 4.2.3.2). The counters of both ends say it at once; a look after that says whether anything waits to be read.
 */
export function hasReadAll(client: Endpoint, server: Endpoint): boolean {
  const arrived = hasArrived(client, server);
  if (arrived === false) return false;
  const ends = connectionRows(client, server);
  return (ends.server?.rxQueue ?? 0) === 0 && (arrived || (ends.client?.txQueue ?? 0) === 0);
}

/** Undefined where the counters do not tell: without the addon, over IPv6, when an end is gone, or when the FIN is on its way. */
function hasArrived(client: Endpoint, server: Endpoint): boolean | undefined {
  if (!native || client.host.includes(':')) return undefined;
  const sent = native.connectionInfo(client, server);
  const received = native.connectionInfo(server, client);
  if (!sent || !received || !SENDING.includes(sent.state)) return undefined;
  return sent.notsentBytes === 0 && received.bytesReceived >= sent.bytesSent - sent.retransBytes;
}

/** States of an end that has not sent its FIN. */
const SENDING: readonly TcpState[] = ['ESTABLISHED', 'CLOSE_WAIT'];

/** TCP_INFO of the server's end of a connection; undefined without the addon, and when it is gone. */
export function tcpInfoOf(client: Endpoint, server: Endpoint): TcpInfo | undefined {
  return client.host.includes(':') ? undefined : native?.connectionInfo(server, client);
}

/**
 * The same without the addon. Each table costs milliseconds: the second is read only when the first did not
 * show both ends.
 */
function rowsFromProc(client: Endpoint, serverPort: number): ConnectionRows {
  const clientEnd = endpoint(client.host, client.port);
  const serverEnd = `:${hex(serverPort, 4)}`;
  const ends: ConnectionRows = { client: undefined, server: undefined };
  for (const table of ['tcp', 'tcp6'] as const) {
    const rows = socketRows(table);
    ends.client ??= rows.find((row) => row.local.endsWith(clientEnd) && row.remote.endsWith(serverEnd));
    ends.server ??= rows.find((row) => row.local.endsWith(serverEnd) && row.remote.endsWith(clientEnd));
    if (ends.client && ends.server) break;
  }
  return ends;
}

/** The receive queues of all UDP sockets on this port together. */
export function udpReceiveQueue(port: number): DatagramQueue {
  const end = `:${hex(port, 4)}`;
  const rows = [...socketRows('udp'), ...socketRows('udp6')].filter((row) => row.local.endsWith(end));
  return rows.reduce(
    (total, row) => ({ waiting: total.waiting + row.rxQueue, dropped: total.dropped + row.drops }),
    { waiting: 0, dropped: 0 },
  );
}

/** Counters by name: `Tcp.OutRsts`, `TcpExt.ListenOverflows`, `Udp.RcvbufErrors`. */
export function kernelCounters(): Map<string, number> {
  const counters = new Map<string, number>();
  for (const file of ['snmp', 'netstat']) {
    const lines = readFileSync(`/proc/net/${file}`, 'latin1').trimEnd().split('\n');
    // Two lines to a group: names, then values.
    for (let i = 0; i + 1 < lines.length; i += 2) {
      const [group, ...names] = (lines[i] ?? '').split(' ');
      const values = (lines[i + 1] ?? '').split(' ').slice(1);
      names.forEach((name, index) => {
        counters.set(`${group?.slice(0, -1)}.${name}`, Number(values[index]));
      });
    }
  }
  return counters;
}

interface SocketRow extends TcpRow {
  local: string;
  remote: string;
  /** Datagrams dropped because the queue was full; NaN for TCP, whose tables have other things there. */
  drops: number;
}

function socketRows(table: 'tcp' | 'tcp6' | 'udp' | 'udp6'): SocketRow[] {
  const lines = readFileSync(`/proc/net/${table}`, 'latin1').split('\n').slice(1);
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const [, local = '', remote = '', , queues = '', ...rest] = line.trim().split(/\s+/);
      const drops = table.startsWith('udp') ? Number(rest.at(-1)) : Number.NaN;
      const [tx = '', rx = ''] = queues.split(':');
      return { local, remote, txQueue: Number.parseInt(tx, 16), rxQueue: Number.parseInt(rx, 16), drops };
    });
}

/**
 * How a row ends: the address in hexadecimal, bytes in the host's (little-endian) order, and the port. An
 * IPv4 address is the end of its IPv4-mapped form too. IPv6 addresses are matched by the port alone.
 */
function endpoint(host: string, port: number): string {
  const bytes = host.includes(':') ? [] : host.split('.').map(Number).reverse();
  return `${bytes.map((byte) => hex(byte, 2)).join('')}:${hex(port, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
