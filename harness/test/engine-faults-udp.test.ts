/**
 * Wrong servers of datagrams: each must end a run, with the right kind and place.
 */
import { describe, expect, it } from 'vitest';
import type { LoadFailure } from '../native/engine.ts';
import type { ClosedLoop } from '../native/load.ts';
import { FOREVER, failureOf, NOBODY } from './engine-failure.ts';
import { closedLoopOf, type DatagramAnswer, datagramServer } from './engine-servers.ts';

async function udpFailure(answer: DatagramAnswer, rest: Partial<ClosedLoop> = {}): Promise<LoadFailure> {
  await using server = await datagramServer(answer);
  const work = { protocol: 'udp-echo', depth: 4 } as const;
  return await failureOf(closedLoopOf(server.target, work, { ...FOREVER, ...rest }));
}

describe('udp-echo: a run ends when the server', () => {
  it('flips a byte', async () => {
    const { facts } = await udpFailure((datagram, index, reply) => {
      if (index === 100) datagram[63] = (datagram[63] ?? 0) ^ 0x01;
      reply(datagram);
    });
    expect(facts).toMatchObject({ kind: 'wrong-byte', id: 100, offset: 63 });
  });

  it('cuts a datagram', async () => {
    const { facts } = await udpFailure((datagram, index, reply) =>
      reply(index === 100 ? datagram.subarray(0, 63) : datagram),
    );
    expect(facts).toMatchObject({ kind: 'wrong-frame', expected: 64, actual: 63 });
  });

  it('lengthens a datagram', async () => {
    const { facts } = await udpFailure((datagram, index, reply) =>
      reply(index === 100 ? Buffer.concat([datagram, datagram]) : datagram),
    );
    expect(facts).toMatchObject({ kind: 'wrong-frame', expected: 64, actual: 128 });
  });

  it('invents a sequence number', async () => {
    const { facts } = await udpFailure((datagram, index, reply) => {
      if (index === 100) datagram.writeUInt32BE(1, 0);
      reply(datagram);
    });
    expect(facts).toMatchObject({ kind: 'wrong-id', actual: 2 ** 32 + 100 });
  });

  it('is silent from some moment on, although every number expires', async () => {
    const { facts } = await udpFailure((datagram, index, reply) => index < 100 && reply(datagram), {
      udpExpiryMs: 200,
      stallTimeoutMs: 2000,
    });
    expect(facts.kind).toBe('stalled');
    expect(facts.replies).toBeLessThanOrEqual(100); // fewer where this machine let some expire
  });

  it('does not exist', async () => {
    const { facts } = await failureOf(closedLoopOf(NOBODY, { protocol: 'udp-echo' }, FOREVER));
    expect(facts).toMatchObject({ kind: 'refused', errno: 'ECONNREFUSED' });
  });
});
