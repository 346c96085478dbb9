/**
 * The closed loop, the duel and connect mode against right servers: what they count, end to end, over real sockets.
 */
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { closedLoop, duel, openLoop } from '../native/engine.ts';
import type { Duel, RunResult, Target, Work } from '../native/load.ts';
import {
  closedLoopOf,
  datagramServer,
  echoFrame,
  FRAME_HEADER_BYTES,
  recordServer,
  same,
  streamEcho,
} from './engine-servers.ts';

const MESSAGE_BYTES = 64;
const ECHO: Work = { protocol: 'tcp-echo', connections: 1, depth: 1, messageBytes: MESSAGE_BYTES };

/**
 * What holds for every measurement that went well, on the busiest machine too: the replies that were awaited at the end are
 * in the latencies, though perhaps none came in time to be a message.
 */
function expectSound(result: RunResult, messageBytes = MESSAGE_BYTES): void {
  expect(result.cancelled).toBe(false);
  expect(result.latency.totalCount).toBeGreaterThan(0);
  expect(result.bytes).toBe(result.messages * messageBytes);
  expect(result.durationNs).toBeGreaterThanOrEqual(200e6);
  expect(result.latency.totalCount).toBeGreaterThanOrEqual(result.messages);
  expect(result.latency.minNonZeroValue).toBeGreaterThan(1000);
  expect(result.engineBusy).toBeGreaterThan(0);
  expect(result.engineBusy).toBeLessThanOrEqual(1);
  expect(result.engineCpuNs).toBeGreaterThan(0);
}

describe('the closed loop', () => {
  it.each([
    { connections: 1, depth: 1 },
    { connections: 8, depth: 16 },
    { connections: 3, depth: 7, messageBytes: 1 },
    { connections: 2, depth: 4, messageBytes: 65_536 },
    { connections: 1, depth: 8, messageBytes: 1 << 20 },
    { connections: 1, depth: 1000, messageBytes: 1000 },
  ])('measures tcp-echo with %o', async (work) => {
    await using server = await streamEcho();
    const result = await closedLoop(closedLoopOf(server.target, work)).result;
    expectSound(result, work.messageBytes);
    const outstanding = result.latency.totalCount - result.messages;
    expect(outstanding).toBeLessThanOrEqual(work.connections * work.depth);
    expect(result.datagrams).toBeUndefined();
    expect(result.scheduleLag).toBeUndefined();
  });

  it.each([
    { connections: 1, depth: 1, messageBytes: 64 },
    { connections: 4, depth: 16, messageBytes: 64 },
    { connections: 1, depth: 3, messageBytes: 1 },
    { connections: 2, depth: 4, messageBytes: 65_536 },
  ])('measures framed with %o', async (work) => {
    await using server = await recordServer(FRAME_HEADER_BYTES + work.messageBytes, echoFrame);
    const options = closedLoopOf(server.target, { protocol: 'framed', ...work });
    expectSound(await closedLoop(options).result, work.messageBytes);
  });

  it('measures any server with one fixed request and reply', async () => {
    const fixed = { request: Buffer.from('PING\r\n'), reply: Buffer.from('+PONG\r\n') };
    await using server = await recordServer(6, (request) => {
      expect(request.toString()).toBe('PING\r\n');
      return [fixed.reply];
    });
    const options = closedLoopOf(server.target, { protocol: 'fixed', depth: 16, fixed });
    expectSound(await closedLoop(options).result, fixed.reply.length);
  });

  it.each([
    { depth: 1, messageBytes: 64 },
    { depth: 64, messageBytes: 64 },
    { depth: 1, messageBytes: 8 },
    { depth: 1, messageBytes: 65_507 },
  ])('measures udp-echo with %o', async (work) => {
    await using server = await datagramServer();
    const result = await closedLoop(closedLoopOf(server.target, { protocol: 'udp-echo', ...work })).result;
    expectSound(result, work.messageBytes);
    expect(result.latency.totalCount).toBe(result.datagrams?.received);
  });

  it('sends exactly what it counts: the server saw every message once, warm-up included', async () => {
    let seen = 0;
    await using server = await recordServer(MESSAGE_BYTES, (...record) => {
      seen++;
      return same(...record);
    });
    const run = closedLoop(closedLoopOf(server.target, { connections: 3, depth: 5 }, { warmupMs: 50 }));
    const result = await run.result;
    expect(run.progress()).toMatchObject({ phase: 'done', messages: seen });
    // The warm-up had at least its first 3 x 5 messages.
    expect(seen - result.latency.totalCount).toBeGreaterThanOrEqual(15);
  });

  it('keeps the depth outstanding, no more and no less', async () => {
    const held: Buffer[] = [];
    let most = 0;
    await using server = await recordServer(MESSAGE_BYTES, (record) => {
      held.push(Buffer.from(record));
      most = Math.max(most, held.length);
      return held.length === 10 ? held.splice(0) : [];
    });
    expectSound(await closedLoop(closedLoopOf(server.target, { depth: 10 })).result);
    expect(most).toBe(10);
  });

  it('divides connections among threads', async () => {
    const connections = new Set<number>();
    await using server = await recordServer(MESSAGE_BYTES, (record, _index, connection) => {
      connections.add(connection);
      return [record];
    });
    const result = await closedLoop(closedLoopOf(server.target, { connections: 7 }, { threads: 3 })).result;
    expectSound(result);
    expect(connections.size).toBe(7);
  });

  it('opens more connections than a backlog holds', async () => {
    await using server = await streamEcho();
    expectSound(await closedLoop(closedLoopOf(server.target, { connections: 1500 })).result);
  });

  it.each(['::1', 'localhost'])('reaches %s', async (host) => {
    await using server = await streamEcho(host);
    expectSound(await closedLoop(closedLoopOf(server.target)).result);
  });

  it('reaches UDP over IPv6', async () => {
    await using server = await datagramServer(undefined, '::1');
    expectSound(await closedLoop(closedLoopOf(server.target, { protocol: 'udp-echo' })).result);
  });

  it('reaches an address of another interface, where there is one', async ({ skip }) => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one && !one.internal && one.family === 'IPv4');
    if (!address) return skip('this machine has only loopback');
    await using server = await streamEcho(address.address);
    expectSound(await closedLoop(closedLoopOf(server.target)).result);
  });

  it('gives two runs at once their own figures', async () => {
    await using small = await streamEcho();
    await using large = await streamEcho();
    const runs = [
      closedLoop(closedLoopOf(small.target, { messageBytes: 10 })),
      closedLoop(closedLoopOf(large.target, { messageBytes: 5000 })),
    ] as const;
    const [one, other] = await Promise.all([runs[0].result, runs[1].result]);
    expectSound(one, 10);
    expectSound(other, 5000);
  });
});

describe('connect mode', () => {
  it('takes a new connection for each message, from spread addresses, and ends it by FIN', async () => {
    const ended: string[] = [];
    await using server = await recordServer(MESSAGE_BYTES, (record, index, _connection, socket) => {
      expect(index).toBe(0);
      socket.once('end', () => ended.push(socket.remoteAddress ?? ''));
      return [record];
    });
    const options = closedLoopOf(server.target, { mode: 'connect', connections: 4 });
    const result = await closedLoop(options).result;
    expectSound(result);
    expect(ended.length).toBe(result.latency.totalCount);
    const sources = [...new Set(ended)].sort();
    const all = Array.from({ length: 16 }, (_, i) => `127.0.0.${i + 2}`);
    expect(all.sort()).toEqual(expect.arrayContaining(sources));
    expect(sources.length).toBeGreaterThan(1);
  });

  it('works with framed and over IPv6', async () => {
    await using server = await recordServer(FRAME_HEADER_BYTES + MESSAGE_BYTES, echoFrame, '::1');
    const work = { protocol: 'framed', mode: 'connect', connections: 2 } as const;
    expectSound(await closedLoop(closedLoopOf(server.target, work)).result);
  });
});

describe('the duel', () => {
  function duelOf(a: Target, b: Target, rest: Partial<Duel> = {}): Duel {
    const { target, work, ...settings } = closedLoopOf(a, { connections: 4, depth: 4 });
    return { ...settings, a: target, b, workA: work, workB: work, sliceMs: 5, durationMs: 300, ...rest };
  }

  it('gives both sides equal slices in pairs', async () => {
    await using server = await streamEcho();
    const result = await duel(duelOf(server.target, server.target)).result;
    const pairs = result.rates.length / 2;
    expect(pairs).toBeGreaterThan(0);
    expect(Number.isInteger(pairs)).toBe(true);
    for (const side of [result.a, result.b]) {
      expect(side.latency.totalCount).toBeGreaterThanOrEqual(pairs * 16);
      expect(side.bytes).toBe(side.messages * MESSAGE_BYTES);
      expect(side.durationNs).toBeGreaterThanOrEqual(pairs * 5e6);
      expect(side.latency.totalCount).toBeGreaterThanOrEqual(side.messages);
    }
    expect(result.cancelled).toBe(false);
  });

  it('reports rates that add up to the messages', async () => {
    await using server = await streamEcho();
    const { a, rates } = await duel(duelOf(server.target, server.target)).result;
    const fromA = rates.filter((_, i) => i % 2 === 0);
    expect(Math.min(...fromA)).toBeLessThanOrEqual((a.messages / a.durationNs) * 1e9 + 1);
    expect(Math.max(...fromA)).toBeGreaterThanOrEqual((a.messages / a.durationNs) * 1e9 - 1);
  });

  it('alternates, flips the order pair by pair, and drains before it switches', async () => {
    const turns: string[] = [];
    const outstanding = { a: 0, b: 0 };
    const watch = (name: 'a' | 'b', other: 'a' | 'b') =>
      recordServer(MESSAGE_BYTES, (record) => {
        expect(outstanding[other]).toBe(0);
        if (turns.at(-1) !== name) turns.push(name);
        outstanding[name]++;
        setImmediate(() => outstanding[name]--);
        return [record];
      });
    await using a = await watch('a', 'b');
    await using b = await watch('b', 'a');
    const workA = { ...ECHO, depth: 1 };
    const { rates } = await duel(duelOf(a.target, b.target, { workA, workB: workA })).result;
    // Pairs AB, BA, AB: neighbouring slices of one side look like one turn.
    const slices = Array.from({ length: rates.length / 2 }, (_, pair) => (pair % 2 ? 'ba' : 'ab')).join('');
    const merged = [...slices].filter((side, i, all) => side !== all[i - 1]);
    expect(turns).toEqual(merged);
  });

  it('compares different work: framed against raw echo', async () => {
    await using raw = await streamEcho();
    await using framed = await recordServer(FRAME_HEADER_BYTES + 100, echoFrame);
    const workB = { ...ECHO, protocol: 'framed', messageBytes: 100 } as const;
    const { a, b } = await duel(duelOf(raw.target, framed.target, { workA: ECHO, workB })).result;
    expect(a.bytes).toBe(a.messages * MESSAGE_BYTES);
    expect(b.bytes).toBe(b.messages * 100);
  });

  it('compares UDP servers and connection rates', async () => {
    await using udp = await datagramServer();
    await using tcp = await streamEcho();
    const workA = { ...ECHO, protocol: 'udp-echo', depth: 8 } as const;
    const workB = { ...ECHO, mode: 'connect', connections: 4 } as const;
    const { a, b } = await duel(duelOf(udp.target, tcp.target, { workA, workB })).result;
    expect(a.datagrams).toMatchObject({ sent: a.latency.totalCount, lost: 0 });
    expect(b.latency.totalCount).toBeGreaterThan(0);
    expect(b.datagrams).toBeUndefined();
  });

  it('names the side that fails', async () => {
    await using right = await streamEcho();
    await using wrong = await recordServer(MESSAGE_BYTES, (record, index) => [
      index < 100 ? record : Buffer.alloc(MESSAGE_BYTES),
    ]);
    const run = duel(duelOf(right.target, wrong.target, { workA: ECHO, workB: ECHO, durationMs: 60_000 }));
    await expect(run.result).rejects.toMatchObject({ facts: { target: wrong.target, kind: 'wrong-byte' } });
  });
});

describe('options out of their range are refused at once', () => {
  const target = { host: '127.0.0.1', port: 1 };
  it.each([
    [{ depth: 0 }, 'work.depth must be from 1 to 1048576, got 0'],
    [{ connections: 0 }, 'work.connections must be from 1 to 1000000, got 0'],
    [{ connections: 1.5 }, 'work.connections must be a whole number, got 1.5'],
    [{ messageBytes: 0 }, 'work.messageBytes must be from 1 to 1048576, got 0'],
    [{ protocol: 'udp-echo', messageBytes: 7 }, 'work.messageBytes must be from 8 to 65507, got 7'],
    [{ protocol: 'udp-echo', depth: 16_385 }, 'work.depth must be from 1 to 16384, got 16385'],
    [{ protocol: 'udp-echo', mode: 'connect' }, "work.mode 'connect' needs TCP"],
    [{ protocol: 'fixed' }, "work.fixed is needed by the protocol 'fixed'"],
  ] as [Partial<Work>, string][])('%o', (work, message) => {
    expect(() => closedLoop(closedLoopOf(target, work))).toThrow(new RangeError(message));
  });

  it('more threads than connections, a rate of 0, a duel of 2 threads, port 0', () => {
    const options = closedLoopOf(target);
    expect(() => closedLoop({ ...options, threads: 2 })).toThrow('work.connections must be from 2');
    expect(() => openLoop({ ...options, ratePerSecond: 0 })).toThrow('ratePerSecond must be from');
    const two = { ...options, a: target, b: target, workA: ECHO, workB: ECHO, sliceMs: 5, threads: 2 };
    expect(() => duel(two)).toThrow('a duel takes 1 thread, got 2');
    expect(() => closedLoop(closedLoopOf({ host: '::1', port: 0 }))).toThrow('a port from 1 to 65535');
  });
});
