/**
 * Whether the kernel says that a server has read all, on a real connection.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Endpoint, hasReadAll } from '../checks/kernel.ts';
import { connectionInfo } from '../native/sockets.ts';

let server: Server;
let client: Socket;
let accepted: Socket;
let ends: [client: Endpoint, server: Endpoint];

beforeEach(async () => {
  server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepting = once(server, 'connection');
  client = connect({ port, host: '127.0.0.1', noDelay: true });
  [accepted] = await accepting;
  await once(client, 'connect');
  ends = [
    { host: '127.0.0.1', port: client.localPort ?? 0 },
    { host: '127.0.0.1', port },
  ];
});

afterEach(() => {
  client.destroy();
  accepted.destroy();
  server.close();
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await nextTurn();
}

describe('the kernel', () => {
  it('says that nothing was read while bytes wait, and that all was when none do', async () => {
    expect(hasReadAll(...ends)).toBe(true);
    client.write('hello');
    await until(() => connectionInfo(ends[1], ends[0])?.bytesReceived === 5);
    expect(hasReadAll(...ends)).toBe(false);
    accepted.resume();
    await until(() => hasReadAll(...ends));
    expect(accepted.bytesRead).toBe(5);
  });

  it('says so before the acknowledgement, which it delays where a reply could carry it', async () => {
    // Answers every second byte: so the kernel takes it for a dialogue.
    accepted.on('data', () => accepted.bytesRead % 2 === 0 && accepted.write('y')).resume();
    let early = 0;
    for (let sent = 1; sent < 100; sent += 2) {
      client.write('x');
      await until(() => connectionInfo(...ends)?.bytesSent === sent);
      await until(() => hasReadAll(...ends));
      if ((connectionInfo(...ends)?.unacked ?? 0) > 0) early++;
      client.write('x');
      await once(client, 'data');
    }
    expect(early).toBeGreaterThan(0);
  });

  it('says so of a connection of which only the client is left, and of one that is gone', async () => {
    client.write('hello');
    await until(() => connectionInfo(ends[1], ends[0])?.bytesReceived === 5);
    accepted.destroy(); // unread bytes: RST
    await until(() => connectionInfo(ends[1], ends[0]) === undefined);
    expect(hasReadAll(...ends)).toBe(true);
  });
});
