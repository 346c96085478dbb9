/**
 * What becomes of datagrams: every sequence number has one outcome, and the losses are those that the kernel counted.
 */
import { spawn } from 'node:child_process';
import type { Socket as DatagramSocket } from 'node:dgram';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closedLoop, openLoop } from '../native/engine.ts';
import type { DatagramCounts } from '../native/load.ts';
import { fdOf, meminfoDrops, SocketOption, setOption, socketTable } from '../native/sockets.ts';
import { closedLoopOf, datagramServer } from './engine-servers.ts';

const UDP = { protocol: 'udp-echo' } as const;
const SMALLEST_BUFFER = 1; /* the kernel rounds it up to its minimum */

function expectSum({ sent, received, late, lost }: DatagramCounts): void {
  expect(received + late + lost).toBe(sent);
}

async function countsOf(...options: Parameters<typeof closedLoopOf>): Promise<DatagramCounts> {
  const { datagrams } = await closedLoop(closedLoopOf(...options)).result;
  if (!datagrams) throw new Error('no counts of datagrams');
  return datagrams;
}

describe('datagrams', () => {
  it.each([64, 1024, 4096, 16_384])(
    'lost at an overrun server, window %d, are those that the kernel dropped, exactly',
    async (depth) => {
      await using server = await datagramServer();
      setOption(fdOf(server.socket), SocketOption.SOL_SOCKET, SocketOption.SO_RCVBUF, SMALLEST_BUFFER);
      const counts = await countsOf(server.target, { ...UDP, depth }, { udpExpiryMs: 800 });
      expectSum(counts);
      expect(counts.lost).toBeGreaterThan(0);
      expect(counts.lost).toBe(meminfoDrops(fdOf(server.socket)) + counts.droppedHere);
      const { port } = server.target;
      const entry = socketTable(port).find((one) => one.transport === 'udp' && one.local.port === port);
      expect(entry?.drops).toBe(meminfoDrops(fdOf(server.socket)));
    },
  );

  it.each([8, 1232, 1233])(
    'of %d bytes reach the server one by one, though a batch leaves in one piece',
    async (messageBytes) => {
      const sizes = new Set<number>();
      await using server = await datagramServer((datagram, _index, reply) => {
        sizes.add(datagram.length);
        reply(datagram);
      });
      const counts = await countsOf(server.target, { ...UDP, depth: 64, messageBytes });
      expectSum(counts);
      expect(counts).toMatchObject({ lost: 0, late: 0, duplicated: 0 });
      expect(counts.received).toBeGreaterThan(64);
      expect([...sizes]).toEqual([messageBytes]);
    },
  );

  it('leave one by one where the route refuses a batch in one piece', async ({ skip }) => {
    const fixture = join(import.meta.dirname, 'fixtures', 'engine-small-mtu.ts');
    const { stdout, stderr } = await inNamespace(fixture);
    if (stderr.startsWith('unshare: ') || stderr.startsWith('mount: ')) skip('no user namespaces here');
    expect(stderr).toBe('');
    const counts = JSON.parse(stdout) as DatagramCounts;
    expectSum(counts);
    expect(counts).toMatchObject({ lost: 0, late: 0, duplicated: 0 });
    expect(counts.received).toBeGreaterThan(64);
  });

  it('that the server does not answer are lost, one by one, while the others go on', async () => {
    let unanswered = 0;
    await using server = await datagramServer((datagram, index, reply) => {
      if (index % 100 === 50) unanswered++;
      else reply(datagram);
    });
    const counts = await countsOf(server.target, { ...UDP, depth: 64 }, { udpExpiryMs: 500 });
    expectSum(counts);
    expect(unanswered).toBeGreaterThan(0);
    expect(counts.lost).toBe(unanswered);
    expect(counts.received).toBeGreaterThan(counts.lost);
  });

  it('answered twice are duplicated, and received once', async () => {
    let doubled = 0;
    await using server = await datagramServer((datagram, index, reply) => {
      reply(datagram);
      if (index % 10 !== 5) return;
      doubled++;
      reply(datagram);
    });
    const counts = await countsOf(server.target, { ...UDP, depth: 16 });
    expectSum(counts);
    expect(counts.lost).toBe(0);
    // The last duplicate may come after the run has ended.
    expect([doubled, doubled - 1]).toContain(counts.duplicated);
  });

  it('answered after their time are late, not lost', async () => {
    const held: (() => void)[] = [];
    await using server = await datagramServer((datagram, index, reply) => {
      if (index >= 16) {
        for (const release of held.splice(0)) release();
        return reply(datagram);
      }
      const kept = Buffer.from(datagram);
      held.push(() => reply(kept));
    });
    // The first 16 expire together; those that follow prove it, and set the first ones free.
    const counts = await countsOf(
      server.target,
      { ...UDP, depth: 16 },
      { udpExpiryMs: 400, durationMs: 1000 },
    );
    expectSum(counts);
    expect(counts.late).toBeGreaterThanOrEqual(16);
    expect(counts.lost).toBe(0);
  });

  it('of the warm-up do not count', async () => {
    let seen = 0;
    await using server = await datagramServer((datagram, index, reply) => {
      seen++;
      if (index > 0) reply(datagram);
    });
    const counts = await countsOf(server.target, { ...UDP, depth: 4 }, { warmupMs: 50, udpExpiryMs: 1000 });
    expectSum(counts);
    expect(counts).toMatchObject({ lost: 0, late: 0, duplicated: 0 });
    expect(seen).toBeGreaterThan(counts.sent);
  });

  it('of many sockets and threads add up', async () => {
    await using server = await datagramServer();
    const work = { ...UDP, connections: 9, depth: 8 };
    const counts = await countsOf(server.target, work, { threads: 2 });
    expectSum(counts);
    expect(counts.received).toBeGreaterThan(0);
  });

  it('of a cancelled run add up too', async () => {
    await using server = await datagramServer(() => {});
    const run = closedLoop(closedLoopOf(server.target, { ...UDP, depth: 64 }, { durationMs: 60_000 }));
    await received(server.socket);
    run.cancel();
    const { datagrams, cancelled } = await run.result;
    expect(cancelled).toBe(true);
    expect(datagrams).toMatchObject({ sent: 0, received: 0, late: 0, lost: 0 });
  });

  it('leave at the offered rate in the open loop', async () => {
    await using server = await datagramServer();
    const options = { ...closedLoopOf(server.target, { ...UDP, connections: 3 }), ratePerSecond: 2000 };
    const { datagrams, messages, latency } = await openLoop(options).result;
    expect(datagrams).toMatchObject({ sent: 400, received: 400, lost: 0 });
    expect(messages).toBe(400);
    expect(latency.totalCount).toBe(400);
  });
});

/** Runs a fixture where the loopback interface carries packets of 1,000 bytes and no larger ones. */
async function inNamespace(fixture: string): Promise<{ stdout: string; stderr: string }> {
  const script = 'mount -t sysfs sysfs /sys && echo 1000 >/sys/class/net/lo/mtu && exec "$0" "$1"';
  const child = spawn('unshare', ['-U', '-r', '-n', '-m', 'sh', '-c', script, process.execPath, fixture]);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  child.once('error', ({ message }) => {
    output.stderr = `unshare: ${message}`;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return output;
}

function received(socket: DatagramSocket): Promise<unknown> {
  return new Promise((resolve) => socket.once('message', resolve));
}
