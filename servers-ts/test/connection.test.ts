// Connections over real sockets, on both read paths: their idle time and their limit.

import { expect, test, vi } from 'vitest';
import * as connection from '../net/connection.ts';
import { connect, echo, onBothPaths, type Peer, serve } from './served.ts';

onBothPaths(() => {
  test('onIdle comes when no byte has moved for --idle-timeout-ms, not while bytes move', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }); // the bytes move by real sockets
    let [lastMs, idleMs] = [0, 0];
    const onIdle = (peer: Peer): void => {
      idleMs = performance.now();
      connection.finish(peer);
    };
    const { port } = await serve({ onRead: echo, onIdle }, '--idle-timeout-ms=60');
    const client = await connect(port);
    for (let i = 0; i < 20; i++) {
      lastMs = performance.now();
      client.socket.write('x');
      await client.take(1);
      vi.advanceTimersByTime(59);
    }
    expect(idleMs).toBe(0);
    while (idleMs === 0) {
      vi.advanceTimersByTime(1);
      await new Promise(setImmediate);
    }
    expect(idleMs - lastMs).toBeGreaterThanOrEqual(60);
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
});
