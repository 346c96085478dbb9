// What leaves a connection, over real sockets and on both read paths: all of it, in order, however slow the peer.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import * as connection from '../net/connection.ts';
import * as handle from '../net/handle.ts';
import {
  afterwards,
  connect,
  echo,
  MORE_THAN_KERNEL,
  onBothPaths,
  type Peer,
  pattern,
  serve,
  until,
} from './served.ts';

onBothPaths((path) => {
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
      connection.writeCopy(peer, small, 1);
      small.fill('>'); // a copy was made
      connection.write(peer, bytes, 2, 4);
      connection.writeCopy(peer, small, 1);
      small.fill('x');
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
});

test('nothing is written to the descriptor of a connection that Node has closed: it may be another one by now', async () => {
  vi.stubEnv('SERVERS_TS_READ_PATH', 'fast');
  const directory = fs.mkdtempSync(join(tmpdir(), 'descriptor-'));
  afterwards(() => fs.rmSync(directory, { recursive: true }));
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
