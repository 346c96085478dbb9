import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { balance, serverCounts } from '../bench/datagrams.ts';
import { memoryPerConnection, openIdle } from '../bench/memory.ts';
import { NoiseMeter } from '../bench/noise.ts';
import { peer } from '../bench/peers.ts';
import { availableCpus, startedOn } from '../bench/placement.ts';
import { cpuBetween, readCpu } from '../bench/process-time.ts';
import { countSystemCalls } from '../bench/system-calls.ts';
import type { DatagramCounts, Target } from '../native/load.ts';
import { getAffinity } from '../native/sockets.ts';
import { ServerProcess } from '../process.ts';
import { usageOf } from '../process-tree.ts';

const ROUND_TRIPS = 200;
const never = new AbortController().signal;
let server: ServerProcess;
let target: Target;

beforeAll(async () => {
  server = new ServerProcess(peer('blocking-tcp'));
  target = { host: '127.0.0.1', port: (await server.ready).port };
});
afterAll(() => server.stop());

/** One message at a time over a connection that is open already, so that nothing but recv and send is counted. */
async function pingPong(port: number): Promise<{ run: () => Promise<void>; close: () => void }> {
  const socket = connect(port, '127.0.0.1');
  const roundTrip = async (): Promise<void> => {
    socket.write('x');
    await once(socket, 'data');
  };
  await roundTrip();
  const run = async (): Promise<void> => {
    for (let i = 0; i < ROUND_TRIPS; i++) await roundTrip();
  };
  return { run, close: () => socket.destroy() };
}

describe('counting system calls', () => {
  const path = process.env.PATH;
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tracers-'));
    process.env.PATH = folder;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  /** Puts programs on the path, which is empty otherwise. False when the machine lacks one of them. */
  function install(...names: string[]): boolean {
    const places = names.map((name) =>
      (path ?? '')
        .split(':')
        .map((one) => join(one, name))
        .find((file) => existsSync(file)),
    );
    for (const [i, place] of places.entries()) if (place) symlinkSync(place, join(folder, names[i] ?? ''));
    return places.every((place) => place !== undefined);
  }

  it.each(['strace', 'perf'])(
    'by %s finds recv and send for each message of a blocking server',
    async (name) => {
      // perf runs a shell, which runs cat.
      const installed = install(name, 'sh', 'cat');
      const { run, close } = await pingPong(target.port);
      const counted = await countSystemCalls(server.pid, run, never);
      close();
      if ('calls' in counted) {
        expect(counted.by).toBe(name);
        // The first recv had begun before the tracer came; strace counts a call when it returns, and the last send may not have
        // returned yet when we have its bytes. The calls at the end of the thread may be counted.
        expect(counted.calls).toBeGreaterThanOrEqual(2 * ROUND_TRIPS - 2);
        expect(counted.calls).toBeLessThanOrEqual(2 * ROUND_TRIPS + 10);
      } else {
        // Then this machine has it not, or does not allow it, and it must say so.
        expect(counted.notMeasured).toContain(name);
        if (!installed) expect(counted.notMeasured).toContain('is not installed');
      }
    },
  );

  it('says why it was not measured where there is no tracer, and does not run the work', async () => {
    let ran = false;
    const work = async (): Promise<void> => {
      ran = true;
    };
    expect(await countSystemCalls(server.pid, work, never)).toEqual({
      notMeasured: 'perf is not installed; strace is not installed',
    });
    expect(ran).toBe(false);
  });

  it('does not believe a count of zero', async () => {
    install('perf', 'sh', 'cat');
    const counted = await countSystemCalls(server.pid, async () => {}, never);
    expect(counted).toHaveProperty('notMeasured');
  });
});

describe('memory per connection', () => {
  it('is at least what a thread touches of its stack, for a server with a thread per connection', async () => {
    expect(await memoryPerConnection(target, 'tcp-echo', server.pid, 50)).toBeGreaterThanOrEqual(4096);
  });

  it('holds connections that have each echoed once, until they are closed', async () => {
    const idle = await openIdle(target, 'tcp-echo', 70);
    expect(usageOf(server.pid).threads).toBeGreaterThanOrEqual(71);
    idle.close();
    expect(idle.count).toBe(70);
  });

  it('fails in one line when nobody listens', async () => {
    await expect(openIdle({ host: '127.0.0.1', port: 1 }, 'tcp-echo', 1)).rejects.toThrow(
      /ECONNREFUSED|closed/,
    );
  });
});

describe('CPU time', () => {
  const at = (userNs: number, systemNs: number, threadsNs: number) => ({ userNs, systemNs, threadsNs });

  it('takes the total from the fine counter, and shares it as the coarse one does', () => {
    const spent = cpuBetween(at(0, 0, 0), at(30e6, 70e6, 104e6));
    expect(spent.totalNs).toBe(104e6);
    expect(spent.userNs).toBeCloseTo(31.2e6);
    expect(spent.systemNs).toBeCloseTo(72.8e6);
  });

  it('takes the coarse counter when threads have ended, because the fine one forgets them', () => {
    expect(cpuBetween(at(0, 0, 50e6), at(300e6, 700e6, 60e6)).totalNs).toBe(1000e6);
  });

  it('of a server that works grows, and is not taken for that of others', async () => {
    const before = readCpu(server.pid);
    const meter = new NoiseMeter();
    const { run, close } = await pingPong(target.port);
    await meter.during([server.pid], run);
    close();
    expect(cpuBetween(before, readCpu(server.pid)).totalNs).toBeGreaterThan(0);
    expect(meter.summary()?.overMs).toBeGreaterThan(0);
  });
});

describe('a server that is started on a CPU', () => {
  it('stays there with all its threads, and the harness does not', async () => {
    const before = availableCpus();
    const cpu = before.at(-1) ?? 0;
    const pinned = startedOn(cpu, () => new ServerProcess(peer('blocking-tcp')));
    await pinned.ready;
    expect(getAffinity(pinned.pid)).toEqual([cpu]);
    expect(availableCpus()).toEqual(before);
    await pinned.stop();
  });
});

describe('the datagram books', () => {
  const counts: DatagramCounts = {
    sent: 100,
    received: 90,
    late: 1,
    lost: 10,
    duplicated: 0,
    droppedHere: 2,
  };

  it('are balanced when every term is there', () => {
    const books = balance(64, counts, 4, { received: 96, sent: 93, failed: 3 });
    expect(books).toMatchObject({ unexplained: 0, window: 64, droppedThere: 4 });
  });

  it('show what nobody explains, in either direction', () => {
    expect(balance(64, counts, 3, { received: 97, sent: 94, failed: 3 }).unexplained).toBe(1);
    expect(balance(64, counts, 5, { received: 95, sent: 92, failed: 3 }).unexplained).toBe(-1);
  });

  it('take the counts of a server from its last log line, and miss them where it tells none', () => {
    const log = 'event=start\nevent=exit code=0 reason=drained received=12 sent=11 failed=1\n';
    expect(serverCounts(log)).toEqual({ received: 12, sent: 11, failed: 1 });
    expect(serverCounts('event=exit code=0 reason=drained\n')).toBeUndefined();
  });
});
