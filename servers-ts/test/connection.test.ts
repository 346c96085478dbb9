// Connections over real sockets, on both read paths: what a program asks of net happens, whatever the peer does.

import { EventEmitter, once } from 'node:events';
import * as fs from 'node:fs';
import type * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LINGER_BYTES } from '../net/connection/ending.ts';
import type { Connection, Handlers } from '../net/connection.ts';
import * as connection from '../net/connection.ts';
import * as connections from '../net/connections.ts';
import * as handle from '../net/handle.ts';
import * as listener from '../net/listener.ts';
import * as options from '../net/options.ts';
import { Client } from './client.ts';

type Peer = Connection<null>;

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

interface Served {
  port: number;
  set: connections.Connections<null>;
  opened: Promise<Peer>;
  closed: Promise<Peer>;
}

/** Serves these handlers; what is not given does the least. */
async function serve(handlers: Partial<Handlers<null>>, ...flags: string[]): Promise<Served> {
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
  closing.push(() => {
    listener.close(server);
    connections.close(set);
  });
  const { port } = server.address() as net.AddressInfo;
  return { port, set, opened: opened.promise, closed: closed.promise };
}

async function connect(port: number): Promise<Client> {
  const client = new Client(port);
  closing.push(() => client.socket.destroy());
  await once(client.socket, 'connect');
  return client;
}

/** Looks again every few milliseconds; the deadline is there for a server that hangs, not for a slow machine. */
async function until(condition: () => boolean): Promise<void> {
  await vi.waitUntil(condition, { timeout: 30_000, interval: 2 });
}

function echo(peer: Peer, bytes: Buffer, length: number): void {
  connection.write(peer, bytes, 0, length);
}

/** Bytes that are different everywhere, so that nothing can be lost or swapped unseen. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i + 4 <= length; i += 4) bytes.writeUInt32LE(i, i);
  return bytes;
}

/** More than the socket buffers of both sides take. */
const MORE_THAN_KERNEL = 64 << 20;

describe.each(['fast', 'plain'])('on the %s path', (path) => {
  beforeEach(() => {
    vi.stubEnv('SERVERS_TS_READ_PATH', path);
  });

  test('bytes are read and written back', async () => {
    const { port, opened } = await serve({ onRead: echo });
    const client = await connect(port);
    client.socket.write('hello');
    expect((await client.take(5)).toString()).toBe('hello');
    expect((await opened).fd === handle.NO_DESCRIPTOR).toBe(path === 'plain');
  });

  test('several writes of one handler leave in order, copies and slices mixed', async () => {
    const onRead = (peer: Peer, bytes: Buffer): void => {
      const small = Buffer.from('<>');
      connection.write(peer, bytes, 0, 2);
      connection.writeCopy(peer, small, 0, 1);
      connection.write(peer, bytes, 2, 4);
      connection.writeCopy(peer, small, 1, 2);
      small.fill('x'); // a copy was made
      connection.write(peer, bytes, 4, 5);
    };
    const { port } = await serve({ onRead });
    const client = await connect(port);
    client.socket.write('abcde');
    expect((await client.take(7)).toString()).toBe('ab<cd>e');
  });

  test('more slices than one call takes leave in order', async () => {
    const onRead = (peer: Peer, bytes: Buffer, length: number): void => {
      for (let i = length - 1; i >= 0; i--) connection.write(peer, bytes, i, i + 1);
    };
    const { port } = await serve({ onRead });
    const client = await connect(port);
    const bytes = pattern(1000);
    client.socket.write(bytes);
    expect((await client.take(1000)).equals(Buffer.from(bytes).reverse())).toBe(true);
  });

  test('what the kernel does not take is kept and arrives whole, though the read buffer is used again', async () => {
    const whole = pattern(MORE_THAN_KERNEL);
    const rooms: number[] = [];
    const onRead = (peer: Peer): void => {
      connection.write(peer, whole, 0, whole.length);
      connection.flush(peer);
      connection.write(peer, Buffer.from('end'), 0, 3);
      connection.flush(peer);
    };
    const onRoom = (peer: Peer): void => {
      rooms.push(connection.pending(peer));
    };
    const { port, opened } = await serve({ onRead, onRoom });
    const client = await connect(port);
    client.socket.pause();
    client.socket.write('x');
    const peer = await opened;
    await until(() => connection.pending(peer) > 0);
    client.socket.resume();
    expect((await client.take(whole.length)).equals(whole)).toBe(true);
    expect((await client.take(3)).toString()).toBe('end');
    await until(() => rooms.length > 0);
    expect(rooms).toEqual([0]);
  });

  test('two slow peers that echo at the same time keep their bytes apart', async () => {
    const onRead = (peer: Peer, bytes: Buffer, length: number): void => {
      echo(peer, bytes, length);
      connection.flush(peer);
      if (connection.pending(peer) > 100000) connection.pause(peer);
    };
    const { port } = await serve({ onRead, onRoom: connection.resume });
    const clients = await Promise.all([connect(port), connect(port)]);
    const sent = clients.map((_, i) => pattern(MORE_THAN_KERNEL / 4).fill(i + 1, 0, 1000));
    clients.forEach((client, i) => {
      client.socket.write(sent[i] as Buffer);
    });
    for (const [i, client] of clients.entries()) {
      const bytes = sent[i] as Buffer;
      expect((await client.take(bytes.length)).equals(bytes)).toBe(true);
    }
  });

  test('nothing is read while paused, and all of it afterwards', async () => {
    let read = 0;
    const onRead = (peer: Peer, _bytes: Buffer, length: number): void => {
      read += length;
      if (read < 100) connection.pause(peer);
    };
    const { port, opened } = await serve({ onRead });
    const client = await connect(port);
    client.socket.write('a');
    const peer = await opened;
    await until(() => read === 1);
    client.socket.write(Buffer.alloc(4096));
    const other = await connect(port); // served in a later turn: the bytes were there before it
    other.socket.write(Buffer.alloc(1000));
    await until(() => read === 1001);
    connection.resume(peer);
    await until(() => read === 5097);
  });

  test("pending output and a late reply arrive after the peer's FIN, then ours", async () => {
    const whole = pattern(MORE_THAN_KERNEL);
    const onRead = (peer: Peer): void => connection.write(peer, whole, 0, whole.length);
    const onEnd = (peer: Peer): void => {
      connection.write(peer, Buffer.from('bye'), 0, 3);
      connection.finish(peer);
    };
    const { port, closed } = await serve({ onRead, onEnd });
    const client = await connect(port);
    client.socket.end('x');
    expect((await client.take(whole.length)).equals(whole)).toBe(true);
    expect((await client.take(3)).toString()).toBe('bye');
    expect(await client.ending()).toBe('FIN');
    await closed;
  });

  test('finish sends FIN, discards what still comes, and waits for the FIN of the peer', async () => {
    const onRead = (peer: Peer, bytes: Buffer): void => {
      connection.write(peer, bytes, 0, 1);
      connection.finish(peer);
    };
    const { port, set, closed } = await serve({ onRead });
    const client = await connect(port);
    client.socket.write('a');
    expect((await client.take(1)).toString()).toBe('a');
    expect(await client.ending()).toBe('FIN');
    client.socket.write(Buffer.alloc(1 << 20)); // would be answered by RST, had the server closed
    await new Promise((resolve) => client.socket.write('b', resolve));
    expect(connections.count(set)).toBe(1);
    client.socket.end();
    await closed;
    expect(client.error).toBeNull();
  });

  test('a lingering close ends after --linger-ms', async () => {
    const onRead = (peer: Peer): void => connection.finish(peer);
    const { port, opened, closed } = await serve({ onRead }, '--linger-ms=30');
    const client = await connect(port);
    const begin = performance.now();
    client.socket.write('a');
    await Promise.all([opened, closed]);
    expect((await closed).reason).toBe('linger-time');
    expect(performance.now() - begin).toBeGreaterThanOrEqual(30);
  });

  test('a lingering close ends after LINGER_BYTES', async () => {
    const onRead = (peer: Peer): void => connection.finish(peer);
    const { port, closed } = await serve({ onRead }, '--linger-ms=60000');
    const client = await connect(port);
    client.socket.write('a');
    await client.ending();
    client.socket.write(Buffer.alloc(LINGER_BYTES + 1));
    expect((await closed).reason).toBe('linger-bytes');
  });

  test('reset sends RST', async () => {
    const onRead = (peer: Peer): void => connection.reset(peer);
    const { port, closed } = await serve({ onRead });
    const client = await connect(port);
    client.socket.write('a');
    expect(await client.ending()).toBe('ECONNRESET');
    await closed;
  });

  test('a peer that resets ends its own connection and no other', async () => {
    const { port, set } = await serve({ onRead: echo });
    const [victim, other] = [await connect(port), await connect(port)];
    await until(() => connections.count(set) === 2);
    victim.socket.resetAndDestroy();
    await until(() => connections.count(set) === 1);
    other.socket.write('still');
    expect((await other.take(5)).toString()).toBe('still');
  });

  test('a peer that resets while output is pending frees it', async () => {
    const whole = Buffer.alloc(MORE_THAN_KERNEL);
    const onRead = (peer: Peer): void => connection.write(peer, whole, 0, whole.length);
    const { port, opened, closed } = await serve({ onRead });
    const client = await connect(port);
    client.socket.pause();
    client.socket.write('x');
    const peer = await opened;
    await until(() => connection.pending(peer) > 0);
    client.socket.resetAndDestroy();
    expect(connection.isEnding(await closed)).toBe(true);
    expect(peer.pending.length).toBe(0);
  });

  test('onIdle comes when no byte has moved for --idle-timeout-ms, not while bytes move', async () => {
    const idle = Promise.withResolvers<number>();
    const onIdle = (peer: Peer): void => {
      idle.resolve(performance.now());
      connection.finish(peer);
    };
    const { port } = await serve({ onRead: echo, onIdle }, '--idle-timeout-ms=60');
    const client = await connect(port);
    let last = 0;
    for (let i = 0; i < 20; i++) {
      last = performance.now();
      client.socket.write('x');
      await client.take(1);
    }
    expect((await idle.promise) - last).toBeGreaterThanOrEqual(60);
    expect(await client.ending()).toBe('FIN');
  });

  test('a peer above the limit gets the refusal and is closed, the others are served', async () => {
    const refusal = Buffer.from('full');
    const { port } = await serve({ onRead: echo, refusal }, '--max-connections=1');
    const first = await connect(port);
    first.socket.write('a');
    await first.take(1);
    const second = await connect(port);
    expect((await second.take(4)).toString()).toBe('full');
    expect(await second.ending()).toBe('FIN');
    first.socket.write('b');
    expect((await first.take(1)).toString()).toBe('b');
  });

  test('a peer that floods does not keep the others waiting', async () => {
    let flooded = 0;
    let floodedBefore = -1;
    const onRead = (peer: Peer, bytes: Buffer, length: number): void => {
      if (length > 1) flooded += 1;
      else {
        floodedBefore = flooded;
        echo(peer, bytes, length);
      }
    };
    const { port } = await serve({ onRead });
    const flood = await connect(port);
    const other = await connect(port);
    const more = (): void => {
      while (!flood.socket.destroyed && flood.socket.write(Buffer.alloc(1 << 20)));
    };
    flood.socket.on('drain', more);
    more();
    await until(() => flooded > 10);
    other.socket.write('x');
    await other.take(1);
    expect(floodedBefore).toBeGreaterThan(10);
  });
});

test('nothing is written to the descriptor of a connection that Node has closed: it may be another one by now', async () => {
  vi.stubEnv('SERVERS_TS_READ_PATH', 'fast');
  const directory = fs.mkdtempSync(join(tmpdir(), 'descriptor-'));
  closing.push(() => fs.rmSync(directory, { recursive: true }));
  const file = join(directory, 'reused');
  const written = Promise.withResolvers<number>();
  const onRead = (peer: Peer, bytes: Buffer): void => {
    peer.socket.destroy();
    const opened: number[] = [];
    while (opened.length < 50 && opened.at(-1) !== peer.fd) opened.push(fs.openSync(file, 'w'));
    connection.write(peer, bytes, 0, 1);
    connection.flush(peer);
    written.resolve(opened.at(-1) === peer.fd ? fs.fstatSync(peer.fd).size : -1);
    for (const fd of opened) fs.closeSync(fd);
  };
  const { port, closed } = await serve({ onRead });
  const client = await connect(port);
  client.socket.write('x');
  expect(await written.promise).toBe(0);
  await closed;
});

test.each([{}, { _handle: null }, { _handle: { fd: 7 } }])(
  'without the internals of Node (%j) the plain path is taken',
  (internals) => {
    vi.stubEnv('SERVERS_TS_READ_PATH', 'fast');
    const accepted = Object.assign(
      Object.create(EventEmitter.prototype),
      { pause: () => {} },
      internals,
    ) as net.Socket;
    expect(handle.adopt(accepted, 4096, () => {})).toEqual({ socket: accepted, fd: handle.NO_DESCRIPTOR });
    expect(accepted.listenerCount('data')).toBe(1);
  },
);
