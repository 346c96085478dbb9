/**
 * A run's life beside its measuring: progress, cancel, workers, and environments that end while it goes on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { closedLoop, duel, openLoop } from '../native/engine.ts';
import type { Progress, RunHandle } from '../native/load.ts';
import { getAffinity } from '../native/sockets.ts';
import { closedLoopOf, streamEcho } from './engine-servers.ts';

const RUN = join(import.meta.dirname, 'fixtures', 'engine-run.ts');
const FOREVER_MS = 3_600_000;

async function reached(run: RunHandle<unknown>, phase: Progress['phase']): Promise<void> {
  while (run.progress().phase !== phase) await new Promise(setImmediate);
}

/** The threads of this process that belong to the engine, and the CPUs that they may run on. */
function engineThreads(): { cpus: string | undefined }[] {
  return readdirSync('/proc/self/task')
    .map((thread) => readFileSync(`/proc/self/task/${thread}/status`, 'utf8'))
    .filter((status) => status.startsWith('Name:\tload-engine\n'))
    .map((status) => ({ cpus: /^Cpus_allowed_list:\t(.*)$/m.exec(status)?.[1] }));
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** What wakes the threads of a run; Node has some of its own. */
function eventfds(): number {
  return readdirSync('/proc/self/fd').filter((fd) => linkOf(fd) === 'anon_inode:[eventfd]').length;
}

function linkOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // The one with which the folder was read.
    return undefined;
  }
}

describe('progress', () => {
  it('passes through the phases while messages are counted up', async () => {
    await using server = await streamEcho();
    const run = closedLoop(closedLoopOf(server.target, {}, { warmupMs: 150, durationMs: 150 }));
    const phases: string[] = [];
    let last = 0;
    let done = false;
    const result = run.result.finally(() => {
      done = true;
    });
    while (!done) {
      const { phase, messages, elapsedMs } = run.progress();
      if (phase !== phases.at(-1)) phases.push(phase);
      expect(messages).toBeGreaterThanOrEqual(last);
      expect(elapsedMs).toBeGreaterThanOrEqual(0);
      last = messages;
      await new Promise(setImmediate);
    }
    const { latency } = await result;
    expect(run.progress().messages).toBeGreaterThanOrEqual(latency.totalCount);
    const order = ['connecting', 'warm-up', 'measuring', 'draining', 'done'];
    expect(phases).toEqual(order.filter((phase) => phases.includes(phase)));
    expect(run.progress().phase).toBe('done');
    expect(run.progress().elapsedMs).toBeGreaterThanOrEqual(300);
    expect(run.progress().elapsedMs).toBe(run.progress().elapsedMs);
  });

  it("never blocks Node's event loop", async () => {
    await using server = await streamEcho();
    const run = closedLoop(closedLoopOf(server.target, {}, { durationMs: FOREVER_MS }));
    for (let turns = 0; turns < 1000; turns++) await new Promise(setImmediate);
    expect(run.progress().phase).not.toBe('done');
    run.cancel();
    await run.result;
  });
});

describe('cancel', () => {
  it('ends a closed loop soon, with what was measured until then', async () => {
    await using server = await streamEcho();
    const run = closedLoop(closedLoopOf(server.target, {}, { durationMs: FOREVER_MS }));
    await reached(run, 'measuring');
    const { messages } = run.progress();
    while (run.progress().messages <= messages) await new Promise(setImmediate);
    run.cancel();
    const result = await run.result;
    expect(result).toMatchObject({ cancelled: true });
    expect(result.messages).toBeGreaterThan(0);
    expect(result.durationNs).toBeGreaterThan(0);
    expect(result.durationNs).toBeLessThan(FOREVER_MS * 1e6);
    run.cancel();
  });

  it('ends an open loop that waits for its next message', async () => {
    await using server = await streamEcho();
    const options = closedLoopOf(server.target, {}, { durationMs: FOREVER_MS });
    const run = openLoop({ ...options, ratePerSecond: 0.001 });
    await reached(run, 'measuring');
    run.cancel();
    expect((await run.result).cancelled).toBe(true);
  });

  it('ends a duel; only whole pairs have rates', async () => {
    await using server = await streamEcho();
    const { target, work, ...settings } = closedLoopOf(server.target, {}, { durationMs: FOREVER_MS });
    const run = duel({ ...settings, a: target, b: target, workA: work, workB: work, sliceMs: 5 });
    await reached(run, 'measuring');
    run.cancel();
    const { cancelled, rates } = await run.result;
    expect(cancelled).toBe(true);
    expect(rates.length % 2).toBe(0);
  });

  it('at once, before anything is connected', async () => {
    await using server = await streamEcho();
    const run = closedLoop(closedLoopOf(server.target, { connections: 200 }));
    run.cancel();
    expect((await run.result).cancelled).toBe(true);
  });
});

describe('a run leaves nothing behind', () => {
  it('no thread, no descriptor', async () => {
    await using server = await streamEcho();
    const before = descriptors();
    const eventfdsBefore = eventfds();
    const options = closedLoopOf(server.target, { connections: 10 }, { threads: 3, durationMs: FOREVER_MS });
    const run = closedLoop(options);
    await reached(run, 'measuring');
    expect(engineThreads()).toHaveLength(3);
    run.cancel();
    await run.result;
    expect(engineThreads()).toEqual([]);
    // At once, not when the garbage collector finds the run.
    expect(eventfds()).toBe(eventfdsBefore);
    // The accepted ends are closed by this process a little later.
    while (descriptors() > before) await new Promise(setImmediate);
  });
});

describe('pinning', () => {
  it('keeps each thread on its CPU', async () => {
    const [cpu = 0] = getAffinity(0);
    await using server = await streamEcho();
    const rest = { threads: 2, cpus: [cpu], durationMs: FOREVER_MS };
    const run = closedLoop(closedLoopOf(server.target, { connections: 2 }, rest));
    await reached(run, 'measuring');
    expect(engineThreads().map(({ cpus }) => cpus)).toEqual([String(cpu), String(cpu)]);
    run.cancel();
    await run.result;
  });

  it('to a CPU that does not exist ends the run', async () => {
    await using server = await streamEcho();
    const run = closedLoop(closedLoopOf(server.target, {}, { cpus: [1023] }));
    await expect(run.result).rejects.toMatchObject({
      message: expect.stringMatching(/^the system refused sched_setaffinity for .*: EINVAL$/),
      facts: { kind: 'system', call: 'sched_setaffinity', errno: 'EINVAL' },
    });
  });
});

describe('an environment of its own', () => {
  it('loads the addon in a worker thread', async () => {
    await using server = await streamEcho();
    const worker = new Worker(RUN, { workerData: [server.target.port, 'finishes'] });
    // Both messages and the exit may come in one turn of the event loop: once() for each in turn would miss the second.
    const said: unknown[] = [];
    worker.on('message', (message) => said.push(message));
    expect(await once(worker, 'exit')).toEqual([0]);
    const [first, messages] = said;
    expect(first).toBe('loads');
    expect(messages).toBeGreaterThan(0);
  });

  it('may be terminated while a run goes on: its threads end with it', async () => {
    await using server = await streamEcho();
    const worker = new Worker(RUN, { workerData: [server.target.port, 'stays'] });
    await once(worker, 'message');
    expect(engineThreads()).toHaveLength(2);
    await worker.terminate();
    expect(engineThreads()).toEqual([]);
  });

  it.each([
    ['exits', 0, ''],
    ['throws', 1, 'thrown while a run goes on'],
  ])('that %s while a run goes on ends cleanly', async (way, code, words) => {
    await using server = await streamEcho();
    const argv = [RUN, String(server.target.port), way];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    expect(await once(child, 'close')).toEqual([code, null]);
    if (words) expect(stderr).toContain(words);
    else expect(stderr).toBe('');
  });
});
