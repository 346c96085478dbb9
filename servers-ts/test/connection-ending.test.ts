// How connections end, over real sockets and on both read paths: FIN, lingering close, RST of either side.

import { expect, test } from 'vitest';
import { LINGER_BYTES } from '../net/connection/ending.ts';
import * as connection from '../net/connection.ts';
import * as connections from '../net/connections.ts';
import { connect, echo, MORE_THAN_KERNEL, onBothPaths, type Peer, serve, until } from './served.ts';

onBothPaths(() => {
  test('finish sends FIN, discards what still comes, and waits for the FIN of the peer', async () => {
    const onRead = (peer: Peer, bytes: Buffer): void => {
      connection.write(peer, bytes, 0, 1);
      connection.finish(peer);
    };
    const { port, set, closed } = await serve({ onRead }, '--linger-ms=60000');
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
});
