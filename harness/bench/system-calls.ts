/**
 * Counts a server's system calls while a piece of work runs: by perf where the machine allows it, else by strace.
 *
 * strace slows the server down a lot, so only the count of such a run is used, never a time. A count of zero is not believed:
 * inside of a user namespace perf counts nothing and reports success.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { livingSessionMembers } from '../process-tree.ts';
import { isInstalled } from './peers.ts';

export type SystemCallCount = { calls: number; by: 'perf' | 'strace' } | { notMeasured: string };

interface Tracer {
  by: 'perf' | 'strace';
  argv: (pids: readonly number[]) => [string, ...string[]];
  /** What it prints once it counts, on either stream. */
  started: RegExp;
  count: (output: string) => number | undefined;
  stop: (child: ChildProcess) => void;
}

const ATTACH_DEADLINE_MS = 5000;
const WHY_SHOWN_CHARACTERS = 120;

const PERF: Tracer = {
  by: 'perf',
  // perf counts while the command lives, and starts it only when it counts: `cat` ends when its stdin is closed.
  argv: (pids) => [
    'perf',
    'stat',
    '-x',
    ';',
    '-e',
    'raw_syscalls:sys_enter',
    '-p',
    pids.join(','),
    'sh',
    '-c',
    'echo counting; exec cat',
  ],
  started: /^counting$/m,
  count: (output) => numberOf(/^(\d+);[^;]*;raw_syscalls:sys_enter/m.exec(output)?.[1]),
  stop: (child) => child.stdin?.end(),
};

const STRACE: Tracer = {
  by: 'strace',
  argv: (pids) => ['strace', '-f', '-c', ...pids.flatMap((pid) => ['-p', String(pid)])],
  started: /attached/,
  // Columns of the last line: % time, seconds, usecs/call, calls, [errors], total.
  count: (output) => numberOf(/^\s*100\.00\s+\S+\s+\d+\s+(\d+)\s.*total$/m.exec(output)?.[1]),
  stop: (child) => child.kill('SIGINT'),
};

/**
 * Runs `work` while the calls of the server's whole session are counted. `work` runs exactly once if a tracer could be
 * attached, and not at all otherwise.
 * @param leader process id of the server
 */
export async function countSystemCalls(
  leader: number,
  work: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<SystemCallCount> {
  const reasons: string[] = [];
  for (const tracer of [PERF, STRACE]) {
    if (!isInstalled(tracer.by)) {
      reasons.push(`${tracer.by} is not installed`);
      continue;
    }
    const outcome = await countBy(tracer, leader, work, signal);
    if ('calls' in outcome) return outcome;
    reasons.push(`${tracer.by}: ${outcome.notMeasured}`);
  }
  return { notMeasured: reasons.join('; ') };
}

async function countBy(
  tracer: Tracer,
  leader: number,
  work: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<SystemCallCount> {
  const [program, ...rest] = tracer.argv(livingSessionMembers(leader));
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], signal, killSignal: 'SIGKILL' });
  const output = new TracerOutput(child);
  if (!(await output.matches(tracer.started))) return { notMeasured: await output.why() };
  try {
    await work();
  } finally {
    tracer.stop(child);
    await output.ended;
  }
  const calls = tracer.count(output.text);
  if (calls === undefined) return { notMeasured: await output.why() };
  return calls === 0 ? { notMeasured: 'it counted 0 calls, which cannot be' } : { calls, by: tracer.by };
}

/** Both streams of a tracer as one text. */
class TracerOutput {
  text = '';
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  #look: () => void = () => {};

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.text += chunk.toString('latin1');
        this.#look();
      });
    child.stdin?.on('error', () => {});
    child.on('error', () => {});
    this.ended = new Promise((resolve) => child.once('close', () => resolve()));
  }

  /** False when the tracer ends first, or says nothing for too long and is ended. */
  async matches(pattern: RegExp): Promise<boolean> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ATTACH_DEADLINE_MS);
    const seen = new Promise<void>((resolve) => {
      this.#look = () => pattern.test(this.text) && resolve();
      this.#look();
    });
    await Promise.race([seen, this.ended]);
    clearTimeout(timer);
    return pattern.test(this.text);
  }

  async why(): Promise<string> {
    await this.ended;
    const line = this.text.split('\n').find((one) => /error|denied|permi|cannot|fail|not /i.test(one)) ?? '';
    return (line || this.text.trim().split('\n')[0] || 'it ended at once')
      .trim()
      .slice(0, WHY_SHOWN_CHARACTERS);
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
