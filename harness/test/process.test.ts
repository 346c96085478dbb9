import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CannotStart, ServerProcess, type StartOptions } from '../process.ts';
import { livingSessionMembers } from '../process-tree.ts';
import { commandServer } from '../servers.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const SHORT_MS = 300;
const started: ServerProcess[] = [];

function start(way: string, options: StartOptions = {}): ServerProcess {
  const argv = [process.execPath, join(FIXTURES, 'unruly.ts'), way] as const;
  const server = new ServerProcess({ ...commandServer('tcp-echo', argv), name: 'my-server' }, {}, options);
  started.push(server);
  return server;
}

afterEach(async () => {
  for (const server of started.splice(0)) {
    await server.stop(SHORT_MS);
    expect(livingSessionMembers(server.pid)).toEqual([]);
  }
});

describe('a server that', () => {
  it('never becomes ready is given up at the deadline, with the advice to flush', async () => {
    const server = start('is-never-ready', { readyTimeoutMs: SHORT_MS });
    await expect(server.ready).rejects.toThrow(
      'my-server: no ready line within 0.3 s; print it after listen() has succeeded, and flush stdout (C: fflush)',
    );
  });

  it('exits at once is reported with its code and its last words', async () => {
    const server = start('exits-at-once');
    await expect(server.ready).rejects.toThrow(
      'my-server: it exited with code 3 before its ready line (last line of its stderr: no such zone file); run the command by hand to see why',
    );
    expect(server.exit).toEqual({ code: 3, signal: null });
  });

  it('prints garbage is quoted, with nothing that could reach the terminal', async () => {
    const server = start('prints-garbage');
    await expect(server.ready).rejects.toThrow(
      'it printed "Listening on \\u001b[2J http://localhost:3000" instead of a ready line',
    );
  });

  it('contradicts itself in the ready line is refused', async () => {
    const server = start('says-other-protocol');
    await expect(server.ready).rejects.toThrow('says protocol "udp-echo", but it was started as tcp-echo');
  });

  it('floods stdout is ended, and little of the flood is kept', async () => {
    const server = start('floods-stdout');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(server.stdout().length).toBeLessThan(140_000);
    expect(server.stdout()).toContain('bytes not kept');
  });

  it('floods stdout while it is being stopped was killed, and did not crash', async () => {
    const server = start('floods-stdout-at-sigterm');
    await server.ready;
    const { exit, killed, excess } = await server.stop();
    expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect(killed).toBe(true);
    expect(excess?.seen).toBe('it wrote more than 1 MiB to stdout and was ended');
  });

  it('floods stderr before it is ready becomes ready, and the last lines are kept', async () => {
    const server = start('floods-stderr');
    await server.ready;
    await server.stderrLine(/number=19999$/);
    expect(server.stderr().length).toBeLessThan(70_000);
  });

  it('allocates without end is ended at the limit of memory, and told so', async () => {
    const server = start('allocates-for-ever', { memoryLimitBytes: 256 * 1024 * 1024 });
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect((await server.stop()).excess?.seen).toBe('it used more than 256 MiB of memory and was ended');
  });

  it('forks without end is ended with all that it has started, and told so', async () => {
    const server = start('forks-for-ever');
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
    const { excess, leftBehind } = await server.stop();
    expect(excess?.seen).toBe('it started more than 256 processes and was ended');
    expect(leftBehind).toEqual([]);
  });

  it('goes into the background is found again and killed', async () => {
    const server = start('hides-a-daemon');
    await server.ready;
    const { leftBehind } = await server.stop();
    expect(leftBehind).toHaveLength(1);
    const commands = leftBehind.filter((pid) => existsSync(`/proc/${pid}/cmdline`));
    // One that has ended and that nobody has waited for has no command line any more.
    expect(commands.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1')).join('')).toBe('');
  });

  it('ignores SIGTERM is killed after the grace', async () => {
    const server = start('ignores-sigterm');
    await server.ready;
    expect(await server.stop(SHORT_MS)).toEqual({
      exit: { code: null, signal: 'SIGKILL' },
      killed: true,
      leftBehind: [],
    });
  });

  it('leaves a grandchild behind is told so, and the grandchild is killed', async () => {
    const server = start('leaves-a-grandchild');
    await server.ready;
    const { exit, killed, leftBehind } = await server.stop(SHORT_MS);
    expect({ exit, killed, left: leftBehind.length }).toEqual({
      exit: { code: 0, signal: null },
      killed: false,
      left: 1,
    });
    expect(livingSessionMembers(server.pid)).toEqual([]);
  });

  it('has children in another process group is killed together with them', async () => {
    const server = start('hides-in-another-group');
    await server.ready;
    await expect.poll(() => livingSessionMembers(server.pid).length).toBe(3);
    expect((await server.stop(SHORT_MS)).killed).toBe(true);
    expect(livingSessionMembers(server.pid)).toEqual([]);
  });

  it('is started sees a short explicit environment, and the end of stdin', async () => {
    const server = start('tells-its-environment', { env: { ZONE: 'x' } });
    await server.ready;
    expect(await server.stderrLine(/^environment=/)).toBe(
      'environment=HOME,LC_ALL,PATH,STARTED_BY_HARNESS,TZ,ZONE',
    );
    expect(await server.stderrLine(/^stdin=/)).toBe('stdin=ended');
  });

  it('is started with a bare environment sees PATH and the mark of the harness alone', async () => {
    const server = start('tells-its-environment', { bareEnvironment: true });
    expect(await server.stderrLine(/^environment=/)).toBe('environment=PATH,STARTED_BY_HARNESS');
  });

  it('is started with limits has them from the start, under the process id that is known', async () => {
    const server = start('is-never-ready', { limits: { descriptors: 32, stackBytes: 262_144 } });
    const limits = (): string => readFileSync(`/proc/${server.pid}/limits`, 'latin1');
    await expect.poll(limits).toMatch(/^Max open files +32 +32 /m);
    expect(limits()).toMatch(/^Max stack size +262144 +262144 /m);
  });

  it('does not exist cannot be started', () => {
    expect(() => new ServerProcess(commandServer('tcp-echo', ['/nowhere/server']))).toThrow(CannotStart);
  });

  it('is not built is named together with the command that builds it', () => {
    const built = { file: '/nowhere/framed', make: 'make -C servers-c' };
    const spec = { ...commandServer('framed', ['/nowhere/framed']), name: 'framed/c', built };
    expect(() => new ServerProcess(spec)).toThrow(
      'framed/c is not built (/nowhere/framed is missing): run `make -C servers-c`',
    );
  });
});

interface Holder {
  child: ChildProcess;
  /** What 'exit' says; waited for from the start: one that throws may be gone before its line is read. */
  ended: Promise<unknown[]>;
  serverPid: number;
}

describe('a server does not outlive the harness when the harness', () => {
  async function holder(way: string): Promise<Holder> {
    const child = spawn(process.execPath, [join(FIXTURES, 'holder.ts'), way], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(child, 'exit');
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, ended, serverPid: Number(line) };
  }

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is ended by %s', async (name) => {
    const { child, ended, serverPid } = await holder('wait');
    expect(livingSessionMembers(serverPid)).toEqual([serverPid]);
    child.kill(name);
    expect(await ended).toEqual([null, name]);
    await expect.poll(() => livingSessionMembers(serverPid)).toEqual([]);
  });

  it('throws', async () => {
    const { ended, serverPid } = await holder('throw');
    expect(await ended).toEqual([1, null]);
    await expect.poll(() => livingSessionMembers(serverPid)).toEqual([]);
  });
});
