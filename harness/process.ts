/**
 * Starts a server by the contract and ends it: ready line, early exit, captured output, SIGTERM then SIGKILL
 * of the whole session.
 *
 * Every server gets a session of its own, a clean environment and no stdin; one that uses too much is ended (excess.ts). Whatever
 * happens to the harness short of SIGKILL, none of them outlives it. Knows nothing of checks; whoever needs a verdict turns a
 * ServerFault into one.
 */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as nextLook } from 'node:timers/promises';
import { CappedOutput } from './capped-output.ts';
import { type Excess, outputExcess, watchUse } from './excess.ts';
import { contain, release } from './leftovers.ts';
import { printable } from './printable.ts';
import { livingSessionMembers, livingWithEnvironment, signalAll, signalSession } from './process-tree.ts';
import { type Ready, readReadyLine } from './ready-line.ts';
import type { ServerSpec } from './servers.ts';
import { type Flags, type StartOptions, spawnServer } from './spawn-server.ts';

export { CannotStart, type Flags, type StartOptions } from './spawn-server.ts';

/** How a process ended: exactly one of the two is set. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** The program did not become ready; `message` says what it did and what to do, in one line. */
export class ServerFault extends Error {
  override readonly name = 'ServerFault';
  /** What was seen, for a failure report: `it exited with code 1 before its ready line`. */
  readonly seen: string;
  readonly hint: string;

  constructor(spec: ServerSpec, seen: string, hint: string, stderr: string) {
    const last = printable(stderr.trimEnd().split('\n').at(-1) ?? '');
    super(`${spec.name}: ${seen}${last === '' ? '' : ` (last line of its stderr: ${last})`}; ${hint}`);
    this.seen = seen;
    this.hint = hint;
  }
}

/** One multiplier for all deadlines, for slow machines: HARNESS_MULT=3. */
export const DEADLINE_MS = 10_000 * multiplier(process.env.HARNESS_MULT);

const GRACE_MS = DEADLINE_MS / 5;
/** How often /proc is looked at while processes are ending. */
const LOOK_EVERY_MS = 5;
const STDOUT_KEPT_BYTES = 64 * 1024;
const STDERR_KEPT_BYTES = 64 * 1024;
/** In the environment of every server and of what it starts: so that those are found who have left its session. */
const MARK = 'STARTED_BY_HARNESS';

function multiplier(text: string | undefined): number {
  const value = Number(text ?? 1);
  return Number.isFinite(value) && value > 0 ? value : 1;
}

export function describeExit({ code, signal }: Exit): string {
  return signal ? `was ended by ${signal}` : `exited with code ${code}`;
}

/** What a stopped server left: input of judgements over its whole life. */
export interface Stopped {
  exit: Exit;
  /** True when it took SIGKILL to end it. */
  killed: boolean;
  /** Processes of its session, and those that have left it, that outlived it, and were then killed. */
  leftBehind: number[];
  /** What it used too much of, so that the harness had to end it. */
  excess?: Excess;
}

/** A program that was started, ready or not. */
export class ServerProcess {
  readonly spec: ServerSpec;
  readonly pid: number;
  /** Resolves with the ready line, rejects with ServerFault. */
  readonly ready: Promise<Ready>;
  /** Resolves when the process is gone and its output was read to the end. Never rejects. */
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;

  readonly #child: ChildProcess & { pid: number };
  readonly #stdout = new CappedOutput(STDOUT_KEPT_BYTES, STDOUT_KEPT_BYTES);
  readonly #stderr = new CappedOutput(0, STDERR_KEPT_BYTES);
  readonly #stderrListeners = new Set<() => void>();
  #readyLine: Ready | undefined;
  readonly #mark = `${MARK}=${randomUUID()}`;
  #excess: Excess | undefined;
  #stopping: Promise<Stopped> | undefined;

  constructor(spec: ServerSpec, flags: Flags = {}, options: StartOptions = {}) {
    this.spec = spec;
    const mark = { [MARK]: this.#mark.slice(MARK.length + 1) };
    this.#child = spawnServer(spec, flags, { ...options, env: { ...options.env, ...mark } });
    this.pid = this.#child.pid;
    contain(this.pid, this.#mark);
    this.exited = this.#watchExit();
    this.#drainStderr();
    const endWatch = watchUse(this.pid, (excess) => this.#end(excess), options.memoryLimitBytes);
    void this.exited.then(endWatch);
    this.ready = this.#watchStdout(flags, options.readyTimeoutMs ?? DEADLINE_MS);
    // Whoever cares awaits it; a program that is meant to refuse must not end the harness.
    this.ready.catch(() => {});
  }

  /** Where it listens, as its ready line says. Only after `ready`. */
  get host(): string {
    return this.#listening().host ?? '127.0.0.1';
  }

  get port(): number {
    return this.#listening().port;
  }

  /** Why the harness has ended it, when it has. */
  get excess(): Excess | undefined {
    return this.#excess;
  }

  #listening(): Ready {
    if (!this.#readyLine) throw new Error(`${this.spec.name} is not ready: await ready first`);
    return this.#readyLine;
  }

  /** All of stdout, capped to its first and last 64 KiB. */
  stdout(): string {
    return this.#stdout.text();
  }

  /** The last 64 KiB of stderr. */
  stderr(): string {
    return this.#stderr.text();
  }

  /**
   * Resolves with the first line of stderr that matches, also if it has already come; waits for ever
   * otherwise.
   */
  stderrLine(pattern: RegExp): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        const line = completeLines(this.stderr()).find((candidate) => pattern.test(candidate));
        if (line === undefined) return;
        this.#stderrListeners.delete(look);
        resolve(line);
      };
      this.#stderrListeners.add(look);
      look();
    });
  }

  /** Sends a signal to the process itself, not to its group. Nothing happens when it is gone. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Closes our ends of its stdout and stderr, as a dead log collector would. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /**
   * SIGTERM, then SIGKILL of the whole session when `graceMs` has passed; then nothing of it is left.
   * Also cleans up after a program that has ended by itself. Calling it again gives the same answer.
   */
  stop(graceMs = GRACE_MS): Promise<Stopped> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<Stopped> {
    let killed = false;
    if (!this.exit) {
      // A stopped process does not see SIGTERM before it is continued.
      this.signal('SIGTERM');
      signalSession(this.pid, 'SIGCONT');
      const kill = setTimeout(() => {
        killed = true;
        signalSession(this.pid, 'SIGKILL');
      }, graceMs);
      await this.exited;
      clearTimeout(kill);
    }
    // Before this, or while it was ending.
    killed ||= this.#excess !== undefined;
    // Who is just ending gets the time to do so; who lives on was left behind.
    const leftBehind = killed ? [] : await this.#survivors(graceMs);
    await this.#killLiving(graceMs);
    release(this.pid);
    const excess = this.#excess ? { excess: this.#excess } : {};
    return { exit: await this.exited, killed, leftBehind, ...excess };
  }

  #watchExit(): Promise<Exit> {
    return new Promise((resolve) => {
      const finish = (): void => {
        this.exit = { code: this.#child.exitCode, signal: this.#child.signalCode };
        resolve(this.exit);
      };
      this.#child.once('close', finish);
      // A child that it left behind may hold the pipes open, and 'close' would never come. What the process
      // itself wrote is in the pipes by now: two turns of the loop read it.
      this.#child.once('exit', () => {
        if (this.#living().length > 0) setImmediate(() => setImmediate(finish));
        // One that has left its session and cleared its environment is not seen, and may hold them all the same.
        else setTimeout(finish, GRACE_MS).unref();
      });
    });
  }

  #drainStderr(): void {
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr.push(chunk);
      this.#expectLittleOutput();
      for (const look of this.#stderrListeners) look();
    });
  }

  #watchStdout(flags: Flags, timeoutMs: number): Promise<Ready> {
    const known = { protocol: this.spec.protocol, port: Number(flags.port ?? 0) };
    return new Promise((resolve, reject) => {
      const fault: Fault = (seen, hint) => reject(new ServerFault(this.spec, seen, hint, this.stderr()));
      const timer = Number.isFinite(timeoutMs)
        ? setTimeout(() => fault(...late(timeoutMs)), timeoutMs)
        : undefined;
      let decided = false;
      this.#child.stdout?.on('data', (chunk: Buffer) => {
        this.#stdout.push(chunk);
        this.#expectLittleOutput();
        if (decided) return;
        const outcome = readReadyLine(this.stdout(), known);
        decided = outcome.kind !== 'partial';
        if (outcome.kind === 'ready' && !livingSessionMembers(this.pid).includes(this.pid)) {
          fault('its process had ended when the ready line came', this.#whyGone());
        } else if (outcome.kind === 'ready') {
          this.#readyLine = outcome.ready;
          resolve(outcome.ready);
        }
        if (outcome.kind === 'wrong') fault(outcome.seen, outcome.hint);
        if (decided) clearTimeout(timer);
      });
      void this.exited.then((exit) => {
        clearTimeout(timer);
        if (this.#excess) fault(this.#excess.seen, this.#excess.hint);
        else fault(`it ${describeExit(exit)} before its ready line`, this.#whyGone());
      });
    });
  }

  #whyGone(): string {
    return this.#living().length > 0
      ? 'it went into the background: stay in the foreground, without daemon() and without a second fork()'
      : 'run the command by hand to see why';
  }

  #expectLittleOutput(): void {
    const excess = outputExcess(this.#stdout.totalBytes, this.#stderr.totalBytes);
    if (excess) this.#end(excess);
  }

  /** Ends it because it uses too much. */
  #end(excess: Excess): void {
    if (this.#excess) return;
    this.#excess = excess;
    this.#kill();
  }

  /** Processes of its session, and those that have left it. */
  #living(): number[] {
    return [...new Set([...livingSessionMembers(this.pid), ...livingWithEnvironment(this.#mark)])];
  }

  #kill(): void {
    signalSession(this.pid, 'SIGKILL');
    signalAll(livingWithEnvironment(this.#mark), 'SIGKILL');
  }

  /** Kills until nobody lives, or `graceMs` has passed: one that left its session may have forked while the others were looked up. */
  async #killLiving(graceMs: number): Promise<void> {
    const deadline = performance.now() + graceMs;
    while (this.#living().length > 0 && performance.now() < deadline) {
      this.#kill();
      await nextLook(LOOK_EVERY_MS);
    }
  }

  /** Who still lives when `graceMs` has passed; resolves at once when nobody does. */
  async #survivors(graceMs: number): Promise<number[]> {
    const deadline = performance.now() + graceMs;
    let living = this.#living();
    while (living.length > 0 && performance.now() < deadline) {
      await nextLook(LOOK_EVERY_MS);
      living = this.#living();
    }
    return living;
  }
}

type Fault = (seen: string, hint: string) => void;

function late(timeoutMs: number): [seen: string, hint: string] {
  return [
    `no ready line within ${timeoutMs / 1000} s`,
    'print it after listen() has succeeded, and flush stdout (C: fflush)',
  ];
}

/** Lines that are complete: the last one may still grow. */
function completeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}
