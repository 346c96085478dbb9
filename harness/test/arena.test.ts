import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { ArenaReserve, arenaMode, runInArena, whyNoArena } from '../arena.ts';
import { catalogue } from '../checks/catalogue.ts';
import { childrenOf } from '../process-tree.ts';
import { commandServer } from '../servers.ts';

const ROOT = join(import.meta.dirname, '..', '..');

async function needArena({ skip }: TestContext): Promise<void> {
  const why = await whyNoArena();
  if (why === undefined) return;
  if (arenaMode() === 'require') throw new Error(`no arena, and ARENA=require: ${why}`);
  skip(why);
}

const SYSCTLS = {
  tcp_rmem: '4096\\t16384\\t65536',
  tcp_wmem: '4096\\t16384\\t65536',
  tcp_congestion_control: 'reno',
};

/** What ready.line says of a program that is started in the arena and is no server. */
async function seenInArena(...argv: [string, ...string[]]): Promise<string | undefined> {
  return seenBy('ready.line', argv);
}

/** What a check says of it. */
async function seenBy(checkId: string, argv: [string, ...string[]]): Promise<string | undefined> {
  const checks = catalogue.filter(({ id }) => id === checkId);
  const spec = commandServer('tcp-echo', argv);
  const { results } = await runInArena({ spec, checks, seed: 1, tier: 'quick' }, 'auto');
  expect(results).toHaveLength(1);
  return results[0]?.failure?.facts.actual;
}

/** Process ids whose command line has this word. */
function processesWith(word: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(word);
    } catch {
      return false;
    }
  });
}

/** Runs a check in the arena of the reserve; resolves with the processes that this one had meanwhile. */
async function childrenDuringRun(reserve: ArenaReserve): Promise<number[]> {
  const checks = catalogue.filter(({ id }) => id === 'ready.line');
  const spec = commandServer('tcp-echo', ['false']);
  let seen: number[] = [];
  const onResult = (): void => {
    seen = childrenOf(process.pid);
  };
  const { results } = await runInArena({ spec, checks, seed: 1, tier: 'quick', onResult }, 'auto', reserve);
  expect(results).toHaveLength(1);
  return seen;
}

describe('a reserve of arenas', () => {
  it('opens one ahead, and one only, in which the next run takes place', async (context) => {
    await needArena(context);
    const reserve = new ArenaReserve();
    reserve.fill('auto');
    reserve.fill('auto');
    const ahead = childrenOf(process.pid);
    expect(ahead).toHaveLength(1);
    expect(await childrenDuringRun(reserve)).toEqual(ahead);
    expect(childrenOf(process.pid)).toEqual([]);
  });

  it('opens another where that one has ended meanwhile', async (context) => {
    await needArena(context);
    const reserve = new ArenaReserve();
    reserve.fill('auto');
    const [ahead = 0] = childrenOf(process.pid);
    process.kill(ahead, 'SIGKILL');
    await expect.poll(() => childrenOf(process.pid)).toEqual([]);
    const [other, ...more] = await childrenDuringRun(reserve);
    expect([typeof other, more]).toEqual(['number', []]);
    expect(other).not.toBe(ahead);
  });

  it('leaves none when it is closed, and opens none after that', async (context) => {
    await needArena(context);
    const reserve = new ArenaReserve();
    reserve.fill('auto');
    await reserve.close();
    reserve.fill('auto');
    expect(childrenOf(process.pid)).toEqual([]);
  });
});

describe('the arena', () => {
  for (const [name, value] of Object.entries(SYSCTLS)) {
    it(`has its own ${name}`, async (context) => {
      await needArena(context);
      expect(await seenInArena('cat', `/proc/sys/net/ipv4/${name}`)).toContain(`"${value}"`);
    });
  }

  it('has a loopback interface of its own that is up, and no other', async (context) => {
    await needArena(context);
    const seen = await seenInArena(
      'sh',
      '-c',
      'echo $(cat /sys/class/net/lo/flags; ls /proc/sys/net/ipv4/conf)',
    );
    expect(seen).toMatch(/"0x\w+ all default lo"/);
  });

  it('gives the port of a server to nobody who does not name it', async (context) => {
    await needArena(context);
    const becomesReadyOnce = `
      reserved=$(cat /proc/sys/net/ipv4/ip_local_reserved_ports)
      [ -z "$reserved" ] && echo '{"ready":true,"port":40321}' || echo "reserved: $reserved"
      exec sleep 60`;
    expect(await seenBy('bind.port-0', ['sh', '-c', becomesReadyOnce])).toContain('reserved: 40321');
  });

  it('cannot be ended by a server that kills process 1', async (context) => {
    await needArena(context);
    expect(await seenInArena('sh', '-c', 'kill -9 1')).toBe('it exited with code 0 before its ready line');
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('leaves nothing running when the harness gets %s', async (name) => {
    const marker = `marker-${process.pid}-${name}`;
    const command = `${process.execPath} harness/test/fixtures/unruly.ts is-never-ready ${marker}`;
    const args = ['check', '--server', 'tcp-echo', '--cmd', command, '--id', 'ready.line'];
    const harness = spawn(process.execPath, ['harness/cli.ts', ...args], {
      cwd: ROOT,
      stdio: 'ignore',
      env: { ...process.env, ARENA: 'auto' },
    });
    await expect.poll(() => processesWith(marker).length, { timeout: 20_000 }).toBe(2);
    harness.kill(name);
    expect(await once(harness, 'exit')).toEqual([null, name]);
    await expect.poll(() => processesWith(marker)).toEqual([]);
  });

  it('ends what is under way when its run is aborted, and gives the results so far', async (context) => {
    await needArena(context);
    const end = new AbortController();
    const marker = `marker-${process.pid}-aborted`;
    const argv = [process.execPath, 'harness/test/fixtures/unruly.ts', 'is-never-ready', marker] as const;
    const checks = catalogue.filter(({ id }) => id === 'ready.line');
    const spec = { ...commandServer('tcp-echo', argv), cwd: ROOT };
    const run = runInArena({ spec, checks, seed: 1, tier: 'quick', signal: end.signal }, 'require');
    await expect.poll(() => processesWith(marker).length, { timeout: 20_000 }).toBe(1);
    end.abort();
    expect(await run).toEqual({ results: [] });
    expect(processesWith(marker)).toEqual([]);
  });

  it('stays closed with ARENA=off, and the checks that need it are not judged', async () => {
    const checks = [{ ...catalogue[0], needs: ['arena'], id: 'a.needy' }] as unknown as typeof catalogue;
    const run = await runInArena(
      { spec: commandServer('tcp-echo', ['true']), checks, seed: 1, tier: 'quick' },
      'off',
    );
    expect(run.whyNoArena).toBe('ARENA=off');
    expect(run.results[0]).toMatchObject({ verdict: 'not judged', why: 'no arena: ARENA=off' });
  });

  it('knows the words auto, require and off, and no other', () => {
    vi.stubEnv('ARENA', undefined);
    expect([arenaMode(), arenaMode(''), arenaMode('require'), arenaMode('off')]).toEqual([
      'auto',
      'auto',
      'require',
      'off',
    ]);
    expect(() => arenaMode('maybe')).toThrow('ARENA must be auto, require or off, got "maybe"');
    vi.unstubAllEnvs();
  });
});
