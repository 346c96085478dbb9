/**
 * What a check can do to a server beyond talking to it, on a real one: freeze, barriers, limits, counters,
 * time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Check } from '../checks/check.ts';
import type { CheckContext } from '../checks/context.ts';
import { connectionRows, kernelCounters } from '../checks/kernel.ts';
import { seededRandom } from '../checks/random.ts';
import { runChecks } from '../checks/run.ts';
import { parseStat, threadStates } from '../process-tree.ts';
import { commandServer } from '../servers.ts';

const TINY = join(import.meta.dirname, 'fixtures', 'tiny-echo.ts');

/** Runs `body` with a context whose server is a small echo server; what it throws fails the test. */
async function withServer(body: (context: CheckContext) => Promise<void>): Promise<void> {
  let thrown: unknown;
  const run = (context: CheckContext): Promise<void> =>
    body(context).catch((error) => {
      thrown = error;
    });
  const words = { title: '', rule: '', topic: '', why: '', how: '' };
  const facts = { ...words, level: 'must', tier: 'quick', suites: [] } as const;
  const check: Check = { ...facts, id: 'a.test', run };
  const spec = commandServer('tcp-echo', [process.execPath, TINY]);
  const [result] = await runChecks({ spec, checks: [check], seed: 1, tier: 'quick', whyNoArena: 'a test' });
  if (thrown) throw thrown;
  expect(result?.verdict).toBe('pass');
}

describe('a check', () => {
  it('freezes every thread of a server, and thaws it', () =>
    withServer(async (context) => {
      await context.freeze();
      expect(new Set(threadStates(context.server.pid))).toEqual(new Set(['T']));
      context.thaw();
      await context.stillServes();
    }));

  it('knows that a frozen server has read nothing, and when a thawed one has read all', () =>
    withServer(async (context) => {
      const peer = await context.connect();
      await context.freeze();
      peer.write('hello');
      const client = { host: peer.localHost, port: peer.localPort };
      const rows = () => connectionRows(client, context.server);
      await context.until('the bytes to arrive', () => rows().server?.rxQueue === 5);
      let consumed = false;
      const barrier = context.consumed(peer).then(() => {
        consumed = true;
      });
      expect(consumed).toBe(false);
      context.thaw();
      await barrier;
      expect(rows().server?.rxQueue).toBe(0);
    }));

  it('counts the descriptors of a server, one more for each connection', () =>
    withServer(async (context) => {
      const before = await context.usage();
      const peer = await context.connect();
      peer.write('x');
      await peer.take(1);
      const after = await context.usage();
      expect(after.fds - before.fds).toBe(1);
      expect(after.processes).toBe(1);
      expect(after.rssBytes).toBeGreaterThan(1024 * 1024);
    }));

  it('lowers the soft limit of descriptors of a running server', () =>
    withServer(async (context) => {
      await context.limitDescriptors(context.server, 42);
      const limits = readFileSync(`/proc/${context.server.pid}/limits`, 'latin1');
      expect(/^Max open files\s+(\d+)/m.exec(limits)?.[1]).toBe('42');
    }));

  it('cannot do less than let the time pass that it asks for', () =>
    withServer(async (context) => {
      const before = performance.now();
      await context.elapse(50, 'a lower bound');
      // Timers count whole milliseconds.
      expect(performance.now() - before).toBeGreaterThan(49);
    }));

  it('does a tenth of its work in the quick tier, but never nothing', () =>
    withServer(async (context) => {
      expect([context.scaled(1000), context.scaled(5)]).toEqual([100, 1]);
    }));
});

describe('the seeded generator', () => {
  it('gives the same values for the same seed', () => {
    const draw = (seed: number): unknown => {
      const random = seededRandom(seed);
      return [random.bytes(16).toString('hex'), random.integer(1, 6), random.shuffle([1, 2, 3, 4])];
    };
    expect(draw(4711)).toEqual(draw(4711));
    expect(draw(4711)).not.toEqual(draw(4712));
  });

  it('reaches both ends of a range and nothing beyond', () => {
    const random = seededRandom(1);
    const seen = new Set(Array.from({ length: 1000 }, () => random.integer(1, 6)));
    expect([...seen].sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('gives every byte value', () => {
    expect(new Set(seededRandom(2).bytes(10_000)).size).toBe(256);
  });
});

describe('/proc', () => {
  it('is parsed from behind the name, which may look like anything', () => {
    const tail = Array.from({ length: 50 }, (_, index) => index + 4).join(' ');
    expect(parseStat(`77 (a) S (b c) R ${tail}`)).toMatchObject({
      pid: 77,
      state: 'R',
      session: 6,
      cpuTicks: 14 + 15,
    });
    expect(parseStat('')).toBeUndefined();
  });

  it('has the counters that checks ask for', () => {
    const counters = kernelCounters();
    for (const name of ['Tcp.OutRsts', 'Tcp.EstabResets', 'TcpExt.ListenOverflows', 'Udp.RcvbufErrors'])
      expect(counters.get(name)).toBeGreaterThanOrEqual(0);
  });
});
