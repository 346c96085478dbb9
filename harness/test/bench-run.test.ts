import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { benchRun } from '../bench/schema.ts';
import { ROOT } from '../servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'bench-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BLOCKING = join(ROOT, 'build', 'peers', 'blocking-tcp');
const DIES = `${process.execPath} ${join(ROOT, 'harness', 'test', 'fixtures', 'dies-after.ts')}`;

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  afterSignalMs: number;
}

/** Runs `bench` as a user would. `onStderr` sees the whole of stderr whenever it grows. */
function bench(
  words: string[],
  onStderr: (text: string, child: ChildProcess) => void = () => {},
  env: Record<string, string> = {},
): Promise<Ended> {
  const cli = join(ROOT, 'harness', 'cli.ts');
  const child = spawn(process.execPath, [cli, 'bench', '--results', folder, '--seed', '1', ...words], {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: '1', GITHUB_STEP_SUMMARY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, signalledAt] = ['', '', 0];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    onStderr(stderr, child);
    if (child.killed && signalledAt === 0) signalledAt = performance.now();
  });
  return new Promise((resolve) =>
    child.once('close', (code) =>
      resolve({ code, stdout, stderr, afterSignalMs: performance.now() - signalledAt }),
    ),
  );
}

/** Servers that a harness has started: its children that lead a session of their own. */
function serversOf(harness: number | undefined): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const [parent, session] = parentAndSession(name);
      return parent === harness && session === Number(name);
    })
    .map(Number);
}

function parentAndSession(pid: string): [number, number] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [Number(fields[1]), Number(fields[3])];
  } catch {
    // It ended between readdir and read.
    return [0, 0];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('make bench', () => {
  it('measures two programs by command and by name, and writes a document that keeps the schema', async () => {
    const file = join(folder, 'run.json');
    const words = [
      '--quick',
      '--duration',
      '0.5',
      '--a',
      BLOCKING,
      '--b',
      'c',
      '--only',
      '64x1',
      '--json',
      file,
    ];
    const { code, stdout, stderr } = await bench(words);
    expect(stderr).toContain('saved as ');
    expect(code).toBe(0);
    const run = benchRun.parse(JSON.parse(readFileSync(file, 'utf8')));
    const [scenario] = run.scenarios;
    expect(scenario).toMatchObject({ id: '64x1', verdict: { words: 'quick: no verdict' } });
    expect(scenario?.ratio?.duels).toHaveLength(1);
    expect(scenario?.a?.messages).toBeGreaterThan(0);
    expect(scenario?.b?.cpuPerMessage).toHaveProperty('totalNs');
    expect(run.selfCheck).toHaveProperty('ratio');
    expect(run.memory.map(({ contender }) => contender)).toContain('C');
    expect(stdout).toContain('quick: no verdict');
  });

  it('prints nothing but the document on stdout with --json -', async () => {
    const { code, stdout } = await bench(['--quick', '--duration', '0.5', '--only', 'udp-64', '--json', '-']);
    const run = benchRun.parse(JSON.parse(stdout));
    expect(code).toBe(0);
    for (const { outcome } of run.datagrams) expect(outcome).toMatchObject({ unexplained: 0 });
    expect(run.datagrams).toHaveLength(2);
  });

  it('stops everything after Ctrl-C, shows what was measured so far, and exits 130', async () => {
    let servers: number[] = [];
    const words = ['--duration', '0.3', '--duels', '100', '--only', '64x1', '--a', BLOCKING, '--b', 'c'];
    const ended = await bench(words, (stderr, child) => {
      if (child.killed || !stderr.includes('round 2, 64x1')) return;
      servers = serversOf(child.pid);
      child.kill('SIGINT');
    });
    expect(servers.length).toBeGreaterThanOrEqual(2);
    expect(ended.code).toBe(130);
    expect(ended.stdout).toContain('interrupted: what was measured so far');
    expect(ended.stdout).toMatch(/^64x1 .* \[\d/m);
    expect(servers.filter(isAlive)).toEqual([]);
    // The promise to the user: 2 s. The harness ends itself after 1.7 s, whatever hangs.
    expect(ended.afterSignalMs).toBeLessThan(2000);
  });

  it('tells in one line when a server ends in the middle, and exits 1', async () => {
    const words = [
      '--quick',
      '--duration',
      '0.3',
      '--only',
      'ping-pong,64x1',
      '--a',
      `${DIES} 30000`,
      '--b',
      'c',
    ];
    const { code, stdout } = await bench(words);
    expect(code).toBe(1);
    expect(stdout.match(/^Failed: .*/gm)).toHaveLength(1);
    expect(stdout).toMatch(
      /^Failed: .*exited with code 3 \(last line of its stderr: the disk of the moon is full\)/m,
    );
    expect(stdout).toMatch(/64x1 .*not measured: /);
  });
});

describe('bad input to make bench', () => {
  it.each([
    ['an unknown scenario', ['--only', 'bulks'], 64, /^no scenario bulks; there are ping-pong, /],
    ['a flag that does not exist', ['--fast'], 64, /unknown option '--fast'/],
    ['a duration that is no number', ['--duration', 'long'], 64, /number of seconds from 0\.05 to 600/],
    ['no duels', ['--duels', '0'], 64, /whole number from 1 to 100/],
    ['a program that is not there', ['--a', './no-such-server'], 69, /no-such-server was not found/],
    ['a program that ends at once', ['--a', 'false'], 69, /exited with code 1 before its ready line/],
    [
      'a program that prints garbage',
      ['--a', 'echo hello'],
      69,
      /printed "hello( [^"]*)?" instead of a ready line/,
    ],
    ['a saved run that is not there', ['--base', '/no/such/file'], 66, /cannot read \/no\/such\/file/],
    ['a saved run that is none', ['--base', join(ROOT, 'package.json')], 65, /is not a saved run/],
    [
      'contenders without a common protocol',
      ['--a', 'framed/c', '--b', 'udp-echo/c'],
      64,
      /do not both speak/,
    ],
  ])('is one line: %s', async (_, words, exitCode, reason) => {
    const { code, stdout, stderr } = await bench(words);
    expect(stderr).toMatch(reason);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(exitCode);
  });

  it('is one line: a program that never becomes ready', async () => {
    const { code, stderr } = await bench(['--a', 'sleep 60'], undefined, { HARNESS_MULT: '0.05' });
    // `sleep 60 --port ...` refuses its flags on some systems; either way it is no server.
    expect(stderr).toMatch(/^sleep 60: .*(no ready line within|before its ready line)/);
    expect(code).toBe(69);
  });

  it('is told for each scenario: a remote server that is not there', async () => {
    const words = ['--quick', '--duration', '0.1', '--only', 'ping-pong', '--a', '127.0.0.1:1', '--b', 'c'];
    const { code, stdout } = await bench(words);
    expect(stdout).toMatch(/^Failed: .*127\.0\.0\.1:1 refused/m);
    expect(code).toBe(69);
  });
});
