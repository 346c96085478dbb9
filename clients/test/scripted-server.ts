/**
 * Small servers for the clients' tests: each does exactly what the test says, right or wrong.
 *
 * Deliberately no codec: replies are literal bytes.
 */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export type ScriptedServer = { readonly port: string; readonly portNumber: number } & AsyncDisposable;

/** A TCP server on a free port of 127.0.0.1; half-open connections are left to `onConnection`. */
export async function serveTcp(onConnection: (socket: Socket) => void): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return scripted(server.address() as AddressInfo, () => closeTcp(server, sockets));
}

/** A UDP server on a free port of 127.0.0.1. */
export async function serveUdp(
  onDatagram: (bytes: Buffer, peer: RemoteInfo, socket: UdpSocket) => void,
): Promise<ScriptedServer> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, peer) => onDatagram(bytes, peer, socket));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return scripted(socket.address(), async () => {
    socket.close();
    await once(socket, 'close');
  });
}

/** A server that sends back what it gets, and FIN after FIN. */
export function echoServer(): Promise<ScriptedServer> {
  return serveTcp((socket) => socket.pipe(socket));
}

/** A server that reads `byteCount` bytes and then sends exactly these, in two pieces, and FIN. */
export function cannedServer(byteCount: number, replies: string, cut = 5): Promise<ScriptedServer> {
  return serveTcp((socket) => afterBytes(socket, byteCount, () => writeCut(socket, hex(replies), cut)));
}

/** Reads `byteCount` bytes, then calls `then` with them, once. */
export function afterBytes(socket: Socket, byteCount: number, then: (bytes: Buffer) => void): void {
  const pieces: Buffer[] = [];
  let total = 0;
  socket.on('data', (piece: Buffer) => {
    pieces.push(piece);
    const before = total;
    total += piece.length;
    if (before < byteCount && total >= byteCount) then(Buffer.concat(pieces));
  });
}

/** Writes the bytes in two pieces that arrive apart: the second one when the kernel has taken the first. */
function writeCut(socket: Socket, bytes: Buffer, offset: number): void {
  if (offset === 0 || offset === bytes.length) {
    socket.end(bytes);
    return;
  }
  socket.write(bytes.subarray(0, offset), () => setImmediate(() => socket.end(bytes.subarray(offset))));
}

/** The bytes that hex digits spell; spaces do not count. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}

function scripted({ port }: AddressInfo, close: () => Promise<void>): ScriptedServer {
  return { port: String(port), portNumber: port, [Symbol.asyncDispose]: close };
}

async function closeTcp(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
}
