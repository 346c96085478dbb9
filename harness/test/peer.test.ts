import { once } from 'node:events';
import { type AddressInfo, createServer, type Server as NetServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Server } from '../checks/context.ts';
import { connectPeer, type TcpPeer } from '../checks/peer.ts';
import { Waits } from '../checks/waits.ts';

let listener: NetServer;
let accepted: Socket;
const waits = new Waits();

/** A peer, and the server's end of its connection in `accepted`. */
async function pair(paused = false): Promise<TcpPeer> {
  listener = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const arrival = once(listener, 'connection');
  const peer = await connectPeer({ host: '127.0.0.1', port } as Server, waits, { paused });
  [accepted] = (await arrival) as [Socket];
  accepted.on('error', () => {});
  return peer;
}

afterEach(() => {
  accepted.destroy();
  listener.close();
});

describe('a connection of a check', () => {
  it('gives the bytes in order, however they were cut, and keeps what was not taken', async () => {
    const peer = await pair();
    for (const byte of 'abcdef') accepted.write(byte);
    expect((await peer.take(2)).toString()).toBe('ab');
    expect((await peer.take(3)).toString()).toBe('cde');
    expect((await peer.take(1)).toString()).toBe('f');
    expect(peer.bytesReceived).toBe(6);
    peer.close();
  });

  it('remembers an end that came before anyone waited for it', async () => {
    const peer = await pair();
    accepted.end('last');
    await peer.ending();
    expect(await peer.ending()).toBe('fin');
    expect((await peer.takeUntilEnd()).toString()).toBe('last');
    peer.close();
  });

  it('fails a take that FIN cuts short, and says how far it came', async () => {
    const peer = await pair();
    const taking = peer.take(5);
    accepted.end('abc');
    await expect(taking).rejects.toMatchObject({
      facts: { expected: '5 bytes from the server', actual: 'the server sent FIN after 3 bytes' },
    });
    peer.close();
  });

  it('tells a reset from a FIN', async () => {
    const peer = await pair();
    const taking = peer.takeUntilEnd();
    accepted.resetAndDestroy();
    await expect(taking).rejects.toMatchObject({
      facts: { actual: 'the connection was reset (RST) after 0 bytes' },
    });
    expect(peer.ended).toBe('reset');
  });

  it('stays half-open: it can be read after it has sent FIN', async () => {
    const peer = await pair();
    peer.write('x');
    peer.end();
    const [chunk] = (await once(accepted, 'data')) as [Buffer];
    await once(accepted, 'end');
    accepted.end(chunk);
    expect((await peer.takeUntilEnd()).toString()).toBe('x');
    peer.close();
  });

  it('sends RST when it is told to', async () => {
    const peer = await pair();
    accepted.removeAllListeners('error');
    const failure = once(accepted, 'error');
    accepted.resume();
    peer.reset();
    expect((await failure)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('reads nothing while it is paused', async () => {
    const peer = await pair(true);
    await new Promise<void>((resolve) => accepted.write('abc', () => resolve()));
    expect(peer.buffered()).toBe(0);
    peer.resume();
    expect((await peer.take(3)).toString()).toBe('abc');
    peer.close();
  });

  it('counts what the kernel took, and resolves flushed() when it took all', async () => {
    const peer = await pair();
    accepted.resume();
    peer.write(Buffer.alloc(3_000_000));
    await peer.flushed();
    expect([peer.bytesSent, peer.pendingBytes()]).toEqual([3_000_000, 0]);
    peer.close();
  });

  it('counts less than what was written while the server does not read', async () => {
    const peer = await pair();
    accepted.pause();
    peer.write(Buffer.alloc(64 * 1024 * 1024));
    expect(peer.bytesSent).toBeLessThan(64 * 1024 * 1024);
    peer.close();
  });

  it('gives everything up when the check is over', async () => {
    const peer = await pair();
    const taking = peer.take(1);
    const own = new Waits();
    const waiting = own.for('a reply', taking);
    own.end();
    await expect(waiting).rejects.toThrow('the check is over');
    accepted.write('x');
    await taking;
    peer.close();
  });
});
