/**
 * What udp-echo finds in its socket all at once, from several peers and in several sizes, leaves as it came, and the
 * counts of its last log line say so.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { ServerProcess } from '../process.ts';
import { threadStates } from '../process-tree.ts';
import { referenceServer, type Track } from '../servers.ts';

/** Peer and size of each datagram, in order: runs of one size, a shorter end, empty ones, large ones, peers by turns. */
const BATCH: readonly (readonly [peer: number, bytes: number])[] = [
  ...Array.from({ length: 20 }, () => [0, 64] as const),
  ...[40, 64, 64, 65, 0, 0, 1, 1, 1232, 1232, 1233, 1233, 5000, 64].map((bytes) => [0, bytes] as const),
  ...Array.from({ length: 10 }, () => [1, 100] as const),
  ...Array.from({ length: 6 }, (_, index) => [index % 2, 100] as const),
  ...[300, 200, 100].map((bytes) => [1, bytes] as const),
];

interface Client {
  socket: Socket;
  sent: Buffer[];
  received: Buffer[];
}

const started: ServerProcess[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.close();
  for (const server of started.splice(0)) await server.stop();
});

async function start(track: Track, host: string): Promise<ServerProcess> {
  const server = new ServerProcess(referenceServer('udp-echo', track), { host, port: 0 });
  started.push(server);
  await server.ready;
  return server;
}

/** Of a server that serves both families, a client over IPv4. */
async function openClient(server: ServerProcess): Promise<Client> {
  const host = server.host === '::' ? '127.0.0.1' : server.host;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const client: Client = { socket, sent: [], received: [] };
  clients.push(client);
  socket.connect(server.port, host);
  await once(socket, 'connect');
  socket.on('message', (bytes) => client.received.push(bytes));
  return client;
}

async function freeze(server: ServerProcess): Promise<void> {
  server.signal('SIGSTOP');
  while (!threadStates(server.pid).every((state) => state === 'T')) await new Promise(setImmediate);
}

/** The datagram says which it is in every byte, so that none passes for another. */
async function sendBatch(pair: readonly Client[]): Promise<void> {
  for (const [index, [peer, bytes]] of BATCH.entries()) {
    const client = pair[peer];
    if (!client) throw new Error(`no client ${peer}`);
    const payload = Buffer.alloc(bytes, index + 1);
    client.sent.push(payload);
    await new Promise<void>((resolve, reject) =>
      client.socket.send(payload, (error) => (error ? reject(error) : resolve())),
    );
  }
}

async function allReplies({ socket, sent, received }: Client): Promise<void> {
  while (received.length < sent.length) await once(socket, 'message');
}

const TRACKS: readonly Track[] = process.env.SANITIZE ? ['ts', 'c', 'c-sanitize'] : ['ts', 'c'];

describe.each(TRACKS)('udp-echo/%s', (track) => {
  it.each(['127.0.0.1', '::1', '::'])(
    'echoes a batch of all kinds to its peers, in order, on %s',
    async (host) => {
      const server = await start(track, host);
      const pair = [await openClient(server), await openClient(server)];
      await freeze(server);
      await sendBatch(pair);
      server.signal('SIGCONT');
      for (const client of pair) {
        await allReplies(client);
        expect(client.received).toEqual(client.sent);
      }
      const { exit } = await server.stop();
      expect(exit).toEqual({ code: 0, signal: null });
      expect(server.stderr()).toContain(
        `event=exit code=0 reason=drained received=${BATCH.length} sent=${BATCH.length} failed=0\n`,
      );
    },
  );
});
