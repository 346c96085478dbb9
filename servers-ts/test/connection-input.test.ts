// What comes in on a connection, over real sockets and on both read paths: read in turns, not while paused, to the peer's FIN.

import { expect, test } from 'vitest';
import * as connection from '../net/connection.ts';
import { connect, echo, MORE_THAN_KERNEL, onBothPaths, type Peer, pattern, serve, until } from './served.ts';

onBothPaths(() => {
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
