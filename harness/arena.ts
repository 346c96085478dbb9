/**
 * The arena: private user, network, mount and PID namespaces in which the executor runs, so that ports,
 * buffers and kernel counters belong to one run alone, and the kernel ends whatever is left of it.
 *
 * Needs no root where the kernel allows user namespaces. Where it does not, the same checks run outside of
 * it, and those that need it are not judged. ARENA=off does so on purpose; ARENA=require is for the callers,
 * which then count not judged as failed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as nextLook } from 'node:timers/promises';
import { CappedOutput } from './capped-output.ts';
import type { ArenaMessage, ArenaRequest } from './checks/arena-main.ts';
import type { Check } from './checks/check.ts';
import type { CheckResult } from './checks/result.ts';
import { HarnessTrouble, type Run, runChecks } from './checks/run.ts';
import { contain, release } from './leftovers.ts';
import { DEADLINE_MS } from './process.ts';
import { childrenOf, isRunning, signalSession } from './process-tree.ts';

const MAIN = join(import.meta.dirname, 'checks', 'arena-main.ts');
/**
 * -r instead of --map-current-user would make tcpdump fail; without the PID namespace, what forks away would
 * survive.
 */
const UNSHARE = [
  '-U',
  '--map-current-user',
  '--keep-caps',
  '-n',
  '-m',
  '-p',
  '--mount-proc',
  '--fork',
  '--kill-child',
];
const STDERR_KEPT_BYTES = 16 * 1024;
const GONE_LOOK_MS = 2;

export type ArenaMode = 'auto' | 'require' | 'off';

/** The variable ARENA. @throws {RangeError} for a word that it does not know */
export function arenaMode(value = process.env.ARENA): ArenaMode {
  if (value === undefined || value === '') return 'auto';
  if (value === 'auto' || value === 'require' || value === 'off') return value;
  throw new RangeError(`ARENA must be auto, require or off, got "${value}"`);
}

export interface ArenaRun {
  results: CheckResult[];
  /** Undefined when it was in the arena. */
  whyNoArena?: string;
}

/** Runs the checks in an arena of their own where this machine allows one, else right here. */
export async function runInArena(
  run: Run,
  mode: ArenaMode = arenaMode(),
  reserve?: ArenaReserve,
): Promise<ArenaRun> {
  const arena = mode === 'off' ? { why: 'ARENA=off' } : await (reserve?.take() ?? Arena.open());
  if (!(arena instanceof Arena))
    return { results: await runChecks({ ...run, whyNoArena: arena.why }), whyNoArena: arena.why };
  try {
    return { results: await arena.run(run) };
  } finally {
    await arena.close();
  }
}

/** Why this machine allows no arena; undefined when it does. */
export async function whyNoArena(): Promise<string | undefined> {
  const arena = await Arena.open();
  if (!(arena instanceof Arena)) return arena.why;
  await arena.close();
  return undefined;
}

/** Keeps an arena open ahead: whoever runs checks at each save would wait for it each time. */
export class ArenaReserve {
  #next: Promise<Arena | { why: string }> | undefined;
  #isClosed = false;

  /** Begins to open one, if none is there and one is wanted. */
  fill(mode: ArenaMode = arenaMode()): void {
    if (mode !== 'off' && !this.#isClosed) this.#next ??= Arena.open();
  }

  /** The one that was opened ahead, or another, if there is none or it has ended meanwhile. */
  async take(): Promise<Arena | { why: string }> {
    const next = this.#next;
    this.#next = undefined;
    const arena = await next;
    if (arena instanceof Arena && arena.isOpen) return arena;
    if (arena instanceof Arena) await arena.close();
    return Arena.open();
  }

  /** Nothing is opened ahead any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const arena = await this.#next;
    this.#next = undefined;
    if (arena instanceof Arena) await arena.close();
  }
}

class Arena {
  readonly #child: ChildProcess & { pid: number };
  readonly #stderr = new CappedOutput(0, STDERR_KEPT_BYTES);
  readonly #closed: Promise<unknown>;
  #listener: (message: ArenaMessage) => void = () => {};

  private constructor(child: ChildProcess & { pid: number }) {
    this.#child = child;
    this.#closed = once(child, 'close');
    child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk));
    child.on('message', (message: ArenaMessage) => this.#listener(message));
    contain(child.pid);
  }

  static async open(): Promise<Arena | { why: string }> {
    const child = spawn('unshare', [...UNSHARE, process.execPath, MAIN], {
      // A group of its own: Ctrl-C is for the parent, which then ends the arena in order.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    child.on('error', () => {});
    if (child.pid === undefined) return { why: 'the program unshare was not found (util-linux)' };
    const arena = new Arena(child as ChildProcess & { pid: number });
    const why = await arena.#refusal();
    if (why === undefined) return arena;
    await arena.close();
    return { why };
  }

  /** False when it has ended by itself. */
  get isOpen(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Runs checks inside; they travel by id. What is under way when the run is aborted ends with the arena. */
  run(run: Run): Promise<CheckResult[]> {
    const { spec, seed, tier, deadlineMs, first = [], checks, onResult, signal } = run;
    const results: CheckResult[] = [];
    const checkIds = checks.map((check: Check) => check.id);
    const request: ArenaRequest = {
      spec,
      seed,
      tier,
      first,
      checkIds,
      ...(deadlineMs ? { deadlineMs } : {}),
    };
    if (signal?.aborted) return Promise.resolve(results);
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => resolve(results), { once: true });
      this.#listener = (message) => {
        if (message.kind === 'done') resolve(results);
        if (message.kind === 'trouble') reject(new HarnessTrouble(message.message));
        if (message.kind !== 'result') return;
        results.push(message.result);
        onResult?.(message.result);
      };
      void this.#closed.then(() => reject(new HarnessTrouble(`the arena ended early: ${this.#lastWords()}`)));
      this.#child.send(request);
    });
  }

  async close(): Promise<void> {
    const inits = childrenOf(this.#child.pid);
    signalSession(this.#child.pid, 'SIGKILL');
    await this.#closed;
    // The first process of the namespace ends when the kernel has ended all others in it, after it has closed its files.
    while (inits.some(isRunning)) await nextLook(GONE_LOOK_MS);
    release(this.#child.pid);
  }

  /** Resolves with the reason if it does not open. */
  #refusal(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const late = `it did not open within ${DEADLINE_MS / 1000} s`;
      const timer = setTimeout(() => resolve(late), DEADLINE_MS);
      const settle = (why: string | undefined): void => {
        clearTimeout(timer);
        resolve(why);
      };
      this.#listener = (message) => {
        if (message.kind === 'open') settle(undefined);
        if (message.kind === 'unavailable') settle(message.why);
      };
      void this.#closed.then(() => settle(this.#lastWords()));
    });
  }

  /** What it said last on stderr: the error of a stack trace, else the last line. */
  #lastWords(): string {
    const lines = this.#stderr.text().trim().split('\n');
    const error = lines.find((line) => /^\w*Error\b/.test(line));
    return error ?? (lines.at(-1) || 'unshare ended without a word');
  }
}
