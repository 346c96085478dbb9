/**
 * The open loop: the rate that was offered, and no coordinated omission when the server stops.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openLoop } from '../native/engine.ts';
import type { OpenLoop, Progress, RunHandle, Target } from '../native/load.ts';
import { closedLoopOf, echoFrame, FRAME_HEADER_BYTES, recordServer, streamEcho } from './engine-servers.ts';

const STOP_MS = 1000;
const RATE = 1000;

function openLoopOf(target: Target, rest: Partial<OpenLoop> = {}): OpenLoop {
  return { ...closedLoopOf(target, { connections: 4 }), ratePerSecond: RATE, ...rest };
}

async function reached(run: RunHandle<unknown>, phase: Progress['phase']): Promise<void> {
  while (run.progress().phase !== phase) await new Promise(setImmediate);
}

describe('the open loop', () => {
  it.each([
    [50, 1, 10],
    [1000, 4, 200],
    [10_000, 3, 2000],
  ])(
    'at %d/s over %d connections sends %d messages in 200 ms',
    async (ratePerSecond, connections, messages) => {
      await using server = await streamEcho();
      const { work } = closedLoopOf(server.target, { connections });
      const result = await openLoop(openLoopOf(server.target, { work, ratePerSecond })).result;
      expect(result.messages).toBe(messages);
      expect(result.bytes).toBe(messages * work.messageBytes);
      expect(result.latency.totalCount).toBe(messages);
      expect(result.durationNs).toBeGreaterThanOrEqual(200e6);
      expect(result.scheduleLag?.maxNs).toBeGreaterThanOrEqual(result.scheduleLag?.p99Ns ?? Infinity);
    },
  );

  it('gives every connection its turn, also in several threads', async () => {
    const seen = new Map<number, number>();
    await using server = await recordServer(64, (record, _index, connection) => {
      seen.set(connection, (seen.get(connection) ?? 0) + 1);
      return [record];
    });
    const { work } = closedLoopOf(server.target, { connections: 5 });
    const result = await openLoop(openLoopOf(server.target, { work, threads: 2 })).result;
    expect(result.messages).toBe(200);
    expect([...seen.values()]).toEqual([40, 40, 40, 40, 40]);
  });

  it('speaks framed', async () => {
    await using server = await recordServer(FRAME_HEADER_BYTES + 64, echoFrame);
    const { work } = closedLoopOf(server.target, { protocol: 'framed', connections: 2 });
    const result = await openLoop(openLoopOf(server.target, { work, warmupMs: 50 })).result;
    expect(result.messages).toBe(200);
  });

  it('lengthens the time, not the rate, of a server that cannot keep up', async () => {
    const waiting: (() => void)[] = [];
    await using server = await recordServer(64, (record, index, _connection, socket) => {
      const reply = Buffer.from(record);
      waiting.push(() => socket.write(reply));
      if (index < 199) return [];
      for (const release of waiting) release();
      return [];
    });
    const { work } = closedLoopOf(server.target);
    const result = await openLoop(openLoopOf(server.target, { work })).result;
    expect(result.messages).toBe(200);
    // Message n waits for the last, which is due 199 ms after the first: 199 - n ms at least.
    expect(result.latency.getValueAtPercentile(50)).toBeGreaterThan(90e6);
  });

  it('shows a server that was stopped for a second: about 1,000 slow messages at 1,000/s', async () => {
    const { child, target } = await echoProcess();
    try {
      const run = openLoop(openLoopOf(target, { durationMs: 3000 }));
      await reached(run, 'measuring');
      child.kill('SIGSTOP');
      await after(STOP_MS);
      child.kill('SIGCONT');
      const { latency, messages } = await run.result;
      expect(messages).toBe(3000);
      expect(latency.totalCount).toBe(3000);
      expect(latency.getValueAtPercentile(99)).toBeGreaterThan(500e6);
      // All of the first 900 ms of the stop waited more than 100 ms: 900 of 3,000.
      expect(latency.getValueAtPercentile(71)).toBeGreaterThan(100e6);
      expect(latency.maxValue).toBeGreaterThan(900e6);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
});

/** An echo in a process of its own, which can be stopped. */
async function echoProcess(): Promise<{ child: ChildProcess; target: Target }> {
  const script = `const server = require('node:net').createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, target: { host: '127.0.0.1', port: Number(line.toString()) } };
}
