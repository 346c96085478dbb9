import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { livingSessionMembers } from '../process-tree.ts';
import { checkReportSchema } from '../report/json.ts';

const ROOT = join(import.meta.dirname, '..', '..');
// Relative: these stand in the names of tests, which the README shows.
const NODE = relative(ROOT, process.execPath);
const TINY = `${NODE} harness/test/fixtures/tiny-echo.ts`;
const UNRULY = `${NODE} harness/test/fixtures/unruly.ts`;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function start(args: string[], env: Record<string, string> = {}): ReturnType<typeof spawn> {
  return spawn(process.execPath, ['harness/cli.ts', ...args], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, ARENA: 'off', ...env },
  });
}

async function workshop(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const child = start(args, env);
  if (!child.stdout || !child.stderr) throw new Error('stdout and stderr are pipes');
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  return { code, stdout, stderr };
}

describe('the command line', () => {
  it.each([
    [['check', '--frobnicate'], 64, 'unknown option'],
    [['check', '--server', 'http'], 64, 'Allowed choices are tcp-echo, udp-echo, framed'],
    [['check', '--seed', '-1'], 64, 'It must be a whole number from 0 to 4294967295'],
    [['check', '--seed', '1e3'], 64, 'It must be a whole number'],
    [['check', '--id', 'tcp.teapot'], 64, 'there is no check tcp.teapot'],
    [['check', '--cmd', './x'], 64, '--cmd needs --server'],
    [['check', '--cmd', './x', '--track', 'c', '--server', 'framed'], 64, 'cannot be used with'],
    [['check', '--server', 'tcp-echo', '--cmd', `./x 'y`], 64, "unfinished quote '"],
    [['check', '--server', 'tcp-echo', '--id', 'udp.empty'], 64, 'no chosen check applies to tcp-echo'],
    [['check', '--hold', '--server', 'tcp-echo', '--cmd', TINY], 64, '--hold needs one check'],
    [
      ['check', '--server', 'tcp-echo', '--cmd', './nowhere'],
      69,
      'cannot start ./nowhere: ./nowhere was not found',
    ],
    [['check', '--server', 'tcp-echo', '--cmd', './package.json'], 69, 'is not executable (chmod +x)'],
    [['serve', '--port', '65536'], 64, 'It must be a whole number from 0 to 65535'],
    [['check', '--json', '--tap'], 64, 'cannot be used with'],
    [['check', '--level', 'perhaps'], 64, 'Allowed choices are must, should, info'],
    [['list', '--id', 'ready.line', '--level', 'info'], 64, 'none of the chosen checks is of level info'],
    [
      ['check', '--server', 'tcp-echo', '--cmd', TINY, '--junit', 'nowhere/report.xml'],
      73,
      'cannot write the report nowhere/report.xml: ENOENT',
    ],
    [['explain', 'teapot'], 64, 'there is no check or rule teapot'],
    [['teapot'], 64, "unknown command 'teapot'"],
  ])('refuses %j with exit code %i and one line', async (args, code, part) => {
    const ended = await workshop(args);
    expect(ended.stderr).toContain(part);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([ended.code, ended.stdout]).toEqual([code, '']);
  });

  it('refuses a word for ARENA that it does not know', async () => {
    const ended = await workshop(['check', '--server', 'tcp-echo', '--cmd', TINY], { ARENA: 'maybe' });
    expect(ended).toEqual({
      code: 64,
      stdout: '',
      stderr: 'ARENA must be auto, require or off, got "maybe"\n',
    });
  });

  it('passes a check of one’s own server, and ends with the counts', async () => {
    const ended = await workshop([
      'check',
      '--server',
      'tcp-echo',
      '--cmd',
      TINY,
      '--id',
      'tcp.echo-basic',
      '--seed',
      '5',
    ]);
    expect(ended.stderr).toBe('');
    expect(
      ended.stdout,
    ).toBe(`pass  tcp.echo-basic  sends back the bytes that came, unchanged, and nothing else

${TINY}, seed 5, outside of the arena: ARENA=off
1 passed, 0 failed, 0 not judged
`);
    expect(ended.code).toBe(0);
  });

  it('fails a server that never becomes ready once, and does not judge the rest', async () => {
    const args = ['check', '--server', 'tcp-echo', '--cmd', `${UNRULY} exits-at-once`];
    const ended = await workshop([...args, '--id', 'ready.line,tcp.echo-basic,tcp.half-close']);
    expect(ended.stdout).toContain('it exited with code 3 before its ready line');
    expect(ended.stdout).toContain('| no such zone file');
    expect(ended.stdout.trimEnd().split('\n').at(-1)).toBe(
      '0 passed, 1 failed, 2 not judged (ready.line failed)',
    );
    expect(ended.code).toBe(1);
  });

  it('counts not judged as failed when the arena is required', async () => {
    const args = ['check', '--server', 'tcp-echo', '--cmd', `${UNRULY} is-never-ready`];
    const ids = ['--id', 'ready.line,tcp.echo-basic'];
    const ended = await workshop([...args, ...ids], { ARENA: 'require', HARNESS_MULT: '0.05' });
    expect(ended.stderr).toContain('ARENA=require: what was not judged counts as failed');
    expect(ended.code).toBe(1);
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const args = ['check', '--server', 'tcp-echo', '--cmd', TINY, '--id', 'tcp.echo-basic', '--json'];
    const ended = await workshop(args);
    const document = checkReportSchema.parse(JSON.parse(ended.stdout));
    expect(document.counts).toMatchObject({ passed: 1, failed: 0 });
    expect(ended.stderr).toBe('');
  });

  it('prints TAP and nothing else with --tap, and writes JUnit XML beside it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'workshop-'));
    const file = join(folder, 'report.xml');
    const ids = ['--id', 'tcp.echo-basic', '--tap', '--junit', file];
    const ended = await workshop(['check', '--server', 'tcp-echo', '--cmd', TINY, ...ids]);
    const xml = readFileSync(file, 'utf8');
    rmSync(folder, { recursive: true });
    expect(ended.stdout).toMatch(/^TAP version 14\n1\.\.1\nok 1 - .*: a server sends back .*\n$/);
    expect(xml).toContain('<testcase name="tcp.echo-basic: a server sends back');
    expect([ended.code, ended.stderr]).toEqual([0, '']);
  });

  it('lists the checks of a topic with their level, tier and topic', async () => {
    const { stdout } = await workshop(['list', '--server', 'udp-echo', '--id', 'udp', '--level', 'info']);
    expect(stdout).toMatch(
      /^udp\.multihomed {2}udp-echo {2}info {2}quick {2}udp {2}answers from .*\n\n1 checks; /,
    );
  });

  it('explains a check with the words of its rule', async () => {
    const ended = await workshop(['explain', 'tcp.half-close']);
    expect(ended.stdout).toContain('tcp.half-close');
    expect(ended.stdout).toContain('The rule: docs/contract.md section');
    expect(ended.code).toBe(0);
  });

  it('ends quietly when whoever reads has read enough', async () => {
    const child = start(['list']);
    child.stdout?.destroy();
    if (!child.stderr) throw new Error('stderr is a pipe');
    const closed = once(child, 'close');
    expect(await text(child.stderr)).toBe('');
    expect(await closed).toEqual([141, null]);
  });

  it('holds a server for a debugger until Enter, then runs the check', async () => {
    const child = start(['check', '--hold', '--server', 'tcp-echo', '--cmd', TINY, '--id', 'tcp.echo-basic']);
    if (!child.stdout) throw new Error('stdout is a pipe');
    const [held] = (await once(child.stdout, 'data')) as [Buffer];
    expect(String(held)).toMatch(/listens on 127\.0\.0\.1 port \d+, pid \d+\nattach with: {2}gdb -p \d+\n/);
    const rest = text(child.stdout);
    child.stdin?.write('\n');
    const closed = once(child, 'close');
    expect(await rest).toContain('1 passed, 0 failed, 0 not judged');
    expect(await closed).toEqual([0, null]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves nothing running after %s', async (name) => {
    const child = start(['check', '--hold', '--server', 'tcp-echo', '--cmd', TINY, '--id', 'tcp.echo-basic']);
    if (!child.stdout) throw new Error('stdout is a pipe');
    const [held] = (await once(child.stdout, 'data')) as [Buffer];
    const serverPid = Number(/pid (\d+)/.exec(String(held))?.[1]);
    expect(livingSessionMembers(serverPid)).toHaveLength(1);
    child.kill(name);
    expect(await once(child, 'exit')).toEqual([null, name]);
    await expect.poll(() => livingSessionMembers(serverPid)).toEqual([]);
  });
});
