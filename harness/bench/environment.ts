/**
 * The record of where a run took place: without it a figure cannot be compared with another.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../servers.ts';
import { availableCpus, type Placement } from './placement.ts';
import type { BenchRun } from './schema.ts';

type Environment = BenchRun['environment'];

/** What changes the behaviour of sockets; a name that this kernel does not have is left out. */
const SYSCTLS = [
  'net.core.rmem_max',
  'net.core.wmem_max',
  'net.core.rmem_default',
  'net.core.wmem_default',
  'net.core.somaxconn',
  'net.ipv4.tcp_congestion_control',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_wmem',
  'net.ipv4.tcp_tw_reuse',
  'net.ipv4.ip_local_port_range',
] as const;

const NOT_TOLD = 'not told';

/** Reads it all; takes some milliseconds. Nothing here can fail: what is not known is said so. */
export function recordEnvironment(placement: Placement): Environment {
  const processors = cpus();
  return {
    kernel: `Linux ${release()} ${arch()}`,
    cpuModel: processors[0]?.model.trim() || NOT_TOLD,
    cpus: processors.length,
    cpusUsable: availableCpus(),
    memoryBytes: totalmem(),
    governor: read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor') ?? NOT_TOLD,
    node: process.versions.node,
    compiler: output(process.env.CC ?? 'cc', ['--version'])?.split('\n')[0] ?? NOT_TOLD,
    compilerFlags: compilerFlags(),
    sysctls: sysctls(),
    commit: output('git', ['rev-parse', '--short=12', 'HEAD']) ?? NOT_TOLD,
    dirty: (output('git', ['status', '--porcelain']) ?? '') !== '',
    placement: placement.words,
  };
}

/** What make would call the compiler with, without calling it: the flags of the first C file. */
function compilerFlags(): string {
  const commands = output('make', ['--no-print-directory', '-n', '-B', '-C', join(ROOT, 'servers-c')]) ?? '';
  const line = commands.split('\n').find((one) => /\s-O\S*\s/.test(one) && /\s-c\s|\.c\b/.test(one));
  if (line === undefined) return NOT_TOLD;
  return line
    .trim()
    .split(/\s+/)
    .filter((word, i, words) => /^-[^coIM]/.test(word) && words[i - 1] !== '-o')
    .join(' ');
}

function sysctls(): Record<string, string> {
  const pairs = SYSCTLS.flatMap((name) => {
    const value = read(`/proc/sys/${name.replaceAll('.', '/')}`);
    return value === undefined ? [] : [[name, value.replaceAll('\t', ' ')]];
  });
  return Object.fromEntries(pairs);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function output(program: string, words: string[]): string | undefined {
  try {
    return execFileSync(program, words, {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
