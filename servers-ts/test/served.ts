// Serves handlers in this process, for tests of connections over real sockets: nothing is mocked but what a test says.
//
// What is opened here is closed after each test. It knows no protocol.

import { once } from 'node:events';
import type * as net from 'node:net';
import { afterEach, beforeEach, describe, vi } from 'vitest';
import type { Connection, Handlers } from '../net/connection.ts';
import * as connection from '../net/connection.ts';
import * as connections from '../net/connections.ts';
import * as listener from '../net/listener.ts';
import * as options from '../net/options.ts';
import { Client } from './client.ts';

export type Peer = Connection<null>;

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** Calls `close` when the test is over. */
export function afterwards(close: () => void): void {
  closing.push(close);
}

/** The same tests on the fast read path and on the plain one. */
export function onBothPaths(tests: (path: string) => void): void {
  describe.each(['fast', 'plain'])('on the %s path', (path) => {
    beforeEach(() => {
      vi.stubEnv('SERVERS_TS_READ_PATH', path);
    });
    tests(path);
  });
}

export interface Served {
  port: number;
  set: connections.Connections<null>;
  opened: Promise<Peer>;
  closed: Promise<Peer>;
}

/** Serves these handlers; what is not given does the least. */
export async function serve(handlers: Partial<Handlers<null>>, ...flags: string[]): Promise<Served> {
  const parsed = options.parse({ name: 'test', purpose: '', extra: [] }, [...flags]);
  if (!('options' in parsed)) throw new Error('bad flags');
  const opened = Promise.withResolvers<Peer>();
  const closed = Promise.withResolvers<Peer>();
  const all: Handlers<null> = {
    newState: () => null,
    onRead: () => {},
    onRoom: () => {},
    onEnd: (peer) => connection.finish(peer),
    onIdle: (peer) => connection.finish(peer),
    onDrain: (peer) => connection.finish(peer),
    owes: () => false,
    onOpen: opened.resolve,
    onClose: closed.resolve,
    ...handlers,
  };
  const set = connections.open(parsed.options, all, parsed.options.maxConnections);
  const server = await listener.open(parsed.options, 0, false, set);
  afterwards(() => {
    listener.close(server);
    connections.close(set);
  });
  const { port } = server.address() as net.AddressInfo;
  return { port, set, opened: opened.promise, closed: closed.promise };
}

export async function connect(port: number): Promise<Client> {
  const client = new Client(port);
  afterwards(() => client.socket.destroy());
  await once(client.socket, 'connect');
  return client;
}

/** Looks again every few milliseconds; the deadline is there for a server that hangs, not for a slow machine. */
export async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 2 });
}

export function echo(peer: Peer, bytes: Buffer, length: number): void {
  connection.write(peer, bytes, 0, length);
}

/** Bytes that are different everywhere, so that nothing can be lost or swapped unseen. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE(i, i);
  return bytes;
}

/** More than the socket buffers of both sides take. */
export const MORE_THAN_KERNEL = 64 << 20;
