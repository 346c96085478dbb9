/**
 * What this machine can and cannot judge or measure: each finding is tried, not guessed from a version.
 *
 * Nothing is changed and nothing is installed. Programs are run for a moment; a compiler writes into a
 * temporary directory.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { whyNoArena } from './arena.ts';
import { missingFor, PEERS, type Peer } from './bench/peers.ts';
import { findProgram } from './path-search.ts';
import { SANITIZER_ENV } from './servers.ts';

export interface Finding {
  name: string;
  able: boolean;
  /** What was found, or why not. */
  detail: string;
  /** What is lost where it is missing; empty where nothing is. */
  otherwise: string;
}

/** CPUs that the bench wants: one for the server, one for the load engine. */
const CPUS_WANTED = 2;
/** What the contract's default connection limit needs: 10,000 and 64 to spare. */
const DESCRIPTORS_WANTED = 10_064;
const PROBE_TIMEOUT_MS = 20_000;
const run = promisify(execFile);

/** All findings, in the order in which they are shown. */
export async function examine(): Promise<Finding[]> {
  return Promise.all([
    node(),
    arena(),
    addon(),
    program('prlimit', 'util-linux', 'checks of a full descriptor table are not judged'),
    sanitizers(),
    cpus(),
    descriptors(),
    congestionControl(),
    perf(),
    strace(),
    ...PEERS.filter(({ needs }) => needs !== undefined).map(peer),
  ]);
}

function node(): Finding {
  return { name: 'Node', able: true, detail: `${process.version}, ${process.execPath}`, otherwise: '' };
}

async function arena(): Promise<Finding> {
  const why = await whyNoArena();
  return {
    name: 'arena (private network namespace)',
    able: why === undefined,
    detail: why ?? 'opens without root',
    otherwise:
      'checks of backpressure and kernel counters are not judged; allow user namespaces, or use the devcontainer',
  };
}

async function addon(): Promise<Finding> {
  const finding = { name: 'addon (load engine)', otherwise: 'no bench, no arena: run `make addon`' };
  try {
    await import('./native/sockets.ts');
    return { ...finding, able: true, detail: 'loads' };
  } catch (error) {
    return { ...finding, able: false, detail: firstLine(error) };
  }
}

function program(name: string, packageName: string, otherwise: string): Finding {
  const able = findProgram(name) !== undefined;
  const detail = able ? 'found' : `not found (Debian, Ubuntu: apt-get install ${packageName})`;
  return { name, able, detail, otherwise };
}

function peer(one: Peer): Finding {
  const missing = missingFor(one);
  return {
    name: `peer ${one.name}`,
    able: missing === undefined,
    detail: missing === undefined ? one.what : `install ${missing}, then \`make peers\``,
    otherwise: '`make bench PEERS=1` goes on without it',
  };
}

const CANARY = 'int main(int argc, char **argv) { (void)argv; int a[2] = {0}; return a[argc + 1]; }\n';

/** Compiles and runs a program that reads beyond an array: only a sanitizer that works reports it. */
async function sanitizers(): Promise<Finding> {
  const finding = { name: 'sanitizers (ASan, UBSan)', otherwise: '`make sanitize` cannot run' };
  const folder = mkdtempSync(join(tmpdir(), 'sanitizer-'));
  const [source, binary] = [join(folder, 'canary.c'), join(folder, 'canary')];
  try {
    writeFileSync(source, CANARY);
    await run(process.env.CC ?? 'cc', ['-fsanitize=address,undefined', source, '-o', binary], limits());
    const code = await exitCodeOf(binary, { ...process.env, ...SANITIZER_ENV });
    const detail =
      code === 97 ? 'report a planted error' : `the planted error ended with ${code} instead of 97`;
    return { ...finding, able: code === 97, detail };
  } catch (error) {
    return { ...finding, able: false, detail: firstLine(error) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function exitCodeOf(file: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  try {
    await run(file, [], { ...limits(), env });
    return 0;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

function cpus(): Finding {
  const found = availableParallelism();
  return {
    name: 'CPUs',
    able: found >= CPUS_WANTED,
    detail: `${found} available`,
    otherwise: 'server and load engine share a CPU: `make bench` will say that the client was the limit',
  };
}

function descriptors(): Finding {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? '?';
  return {
    name: 'descriptors (hard limit)',
    able: hard === 'unlimited' || Number(hard) >= DESCRIPTORS_WANTED,
    detail: hard,
    otherwise: 'servers lower their connection limit and log it; raise it with `ulimit -Hn`',
  };
}

function congestionControl(): Finding {
  const read = (name: string): string => readFileSync(`/proc/sys/net/ipv4/${name}`, 'latin1').trim();
  const allowed = read('tcp_allowed_congestion_control');
  return {
    name: 'congestion control',
    able: allowed.split(' ').includes('reno'),
    detail: `${read('tcp_congestion_control')} (allowed: ${allowed}); the arena sets reno`,
    otherwise: 'the arena cannot be prepared',
  };
}

/** Counts one system call of a program that makes some: inside a user namespace perf silently counts none. */
async function perf(): Promise<Finding> {
  const finding = { name: 'perf', otherwise: 'system calls are counted by strace, or not at all' };
  if (!findProgram('perf'))
    return { ...finding, able: false, detail: 'not found (Debian: apt-get install linux-perf)' };
  try {
    const { stderr } = await run('perf', ['stat', '-x,', '-e', 'raw_syscalls:sys_enter', 'true'], limits());
    const counted = Number.parseInt(stderr, 10);
    if (counted > 0) return { ...finding, able: true, detail: 'counts system calls' };
    return { ...finding, able: false, detail: 'counts none here (a user namespace, or no tracefs)' };
  } catch (error) {
    const paranoid = '/proc/sys/kernel/perf_event_paranoid';
    const level = existsSync(paranoid) ? readFileSync(paranoid, 'latin1').trim() : 'unknown';
    return { ...finding, able: false, detail: `${firstLine(error)} (perf_event_paranoid is ${level})` };
  }
}

async function strace(): Promise<Finding> {
  const finding = { name: 'strace', otherwise: 'system calls are counted by perf, or not at all' };
  if (!findProgram('strace'))
    return { ...finding, able: false, detail: 'not found (apt-get install strace)' };
  try {
    await run('strace', ['-f', '-c', '-o', '/dev/null', 'true'], limits());
    return { ...finding, able: true, detail: 'may trace' };
  } catch (error) {
    return { ...finding, able: false, detail: firstLine(error) };
  }
}

function limits(): { encoding: 'utf8'; timeout: number } {
  return { encoding: 'utf8', timeout: PROBE_TIMEOUT_MS };
}

/** The first line that says something: execFile puts the command before what the program wrote. */
function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = `${stderr ?? ''}\n${message ?? error}`.split('\n').map((line) => line.trim());
  return lines.find((line) => line !== '') ?? 'no reason given';
}
