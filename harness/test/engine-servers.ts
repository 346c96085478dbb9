/**
 * Servers for the tests of the load engine: small echoes in this process, right ones and wrong ones on request.
 *
 * They cut the stream into records of a known size, so that a test can say what happens to the n-th message. They do not
 * keep the contract: nobody starts them but these tests.
 */
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { ClosedLoop, Target, Work } from '../native/load.ts';

export interface TestServer extends AsyncDisposable {
  target: Target;
}

/** What becomes of one record: the bytes to answer, none to keep silent. Connections and records count from 0. */
export type Answer = (record: Buffer, index: number, connection: number, socket: Socket) => readonly Buffer[];

export const FRAME_HEADER_BYTES = 8;
const ECHO_REPLY = 0x81;

/** The right answer of tcp-echo. */
export const same: Answer = (record) => [record];

/** The right answer of framed: the same frame with type 0x81 in place of 0x01. */
export const echoFrame: Answer = (record) => {
  record[4] = ECHO_REPLY;
  return [record];
};

/** A TCP server that answers every record of `recordBytes`, all records of a read in one write. */
export async function recordServer(
  recordBytes: number,
  answer: Answer,
  host = '127.0.0.1',
): Promise<TestServer> {
  let connections = 0;
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) =>
    serveRecords(socket, recordBytes, answer, connections++),
  );
  return listening(server, host);
}

function serveRecords(socket: Socket, recordBytes: number, answer: Answer, connection: number): void {
  let index = 0;
  let partial = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = Buffer.concat([partial, chunk]);
    const replies: Buffer[] = [];
    let at = 0;
    for (; at + recordBytes <= bytes.length && !socket.destroyed; at += recordBytes) {
      replies.push(...answer(bytes.subarray(at, at + recordBytes), index++, connection, socket));
    }
    partial = Buffer.from(bytes.subarray(at));
    if (replies.length > 0 && socket.writable) socket.write(Buffer.concat(replies));
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}

/** A TCP echo that knows no records: fast, and with backpressure. */
export async function streamEcho(host = '127.0.0.1'): Promise<TestServer> {
  return listening(
    createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    }),
    host,
  );
}

async function listening(server: Server, host: string): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    target: { host, port },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What becomes of one datagram; it counts from 0. */
export type DatagramAnswer = (datagram: Buffer, index: number, reply: (bytes: Buffer) => void) => void;

export interface DatagramServer extends TestServer {
  socket: DatagramSocket;
}

/** A UDP server; without `answer` an echo. */
export async function datagramServer(
  answer: DatagramAnswer = (datagram, _index, reply) => reply(datagram),
  host = '127.0.0.1',
): Promise<DatagramServer> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let index = 0;
  socket.on('message', (datagram: Buffer, from: RemoteInfo) =>
    answer(datagram, index++, (bytes) => socket.send(bytes, from.port, from.address)),
  );
  socket.bind(0, host);
  await once(socket, 'listening');
  return {
    socket,
    target: { host, port: socket.address().port },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** A closed loop of 64-byte messages on one connection, 200 ms long; every option can be said anew. */
export function closedLoopOf(
  target: Target,
  work: Partial<Work> = {},
  rest: Partial<ClosedLoop> = {},
): ClosedLoop {
  return {
    target,
    work: { protocol: 'tcp-echo', connections: 1, depth: 1, messageBytes: 64, ...work },
    threads: 1,
    cpus: [],
    seed: 42,
    stallTimeoutMs: 10_000,
    udpExpiryMs: 5_000,
    warmupMs: 0,
    durationMs: 200,
    ...rest,
  };
}
