/**
 * A codec under test: a program that answers cases (servers-ts/test/codec/, servers-c/test/codec/), one after the other.
 *
 * One that dies or hangs has an outcome too, `died(WHY)`, and is started anew for the next case.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { SANITIZER_ENV } from '../servers.ts';

/** A case takes microseconds: one that takes this long hangs. */
const CASE_TIMEOUT_MS = 10_000;
const LENGTH_BYTES = 4;
/** Enough of what a sanitizer says. */
const STDERR_BYTES = 4096;
/** No outcome of a case: one that ends the program has died of it. */
const ENDED_WELL = 'died(0)';

export class CodecProcess implements AsyncDisposable {
  readonly name: string;
  readonly #argv: readonly string[];
  #child: ChildProcess | undefined;
  #received: Buffer = Buffer.alloc(0);
  #stderr = '';
  #answer: ((outcome: string) => void) | undefined;
  readonly #watchdog: NodeJS.Timeout;

  constructor(name: string, argv: readonly string[], caseTimeoutMs = CASE_TIMEOUT_MS) {
    this.name = name;
    this.#argv = argv;
    this.#watchdog = setTimeout(() => this.#endHanging(caseTimeoutMs), caseTimeoutMs);
    this.#watchdog.unref();
  }

  /** The words of the outcome with a space between them. One case at a time. */
  async outcomeOf(bytes: Buffer): Promise<string> {
    const child = this.#child ?? this.#start();
    this.#watchdog.refresh();
    const outcome = new Promise<string>((resolve) => {
      this.#answer = resolve;
    });
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(bytes.length);
    child.stdin?.write(Buffer.concat([length, bytes]));
    return outcome;
  }

  /**
   * Lets the program end by itself, so that it can look for leaks and write its coverage. Returns what it died of;
   * `undefined` when it ended well.
   */
  async end(): Promise<string | undefined> {
    const child = this.#child;
    if (child === undefined) return undefined;
    this.#watchdog.refresh();
    const ended = new Promise<string>((resolve) => {
      this.#answer = resolve;
    });
    child.stdin?.end();
    const why = await ended;
    clearTimeout(this.#watchdog);
    return why === ENDED_WELL ? undefined : why;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  /** One that is not asked may take all the time of the world. */
  #endHanging(caseTimeoutMs: number): void {
    if (this.#answer === undefined) return;
    this.#stderr = `no outcome within ${caseTimeoutMs} ms`;
    this.#child?.kill('SIGKILL');
  }

  #start(): ChildProcess {
    const [program = '', ...args] = this.#argv;
    const child = spawn(program, args, { env: { ...process.env, ...SANITIZER_ENV } });
    this.#child = child;
    this.#received = Buffer.alloc(0);
    this.#stderr = '';
    child.stdin.on('error', () => {}); // it died while we wrote: 'close' tells
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk).slice(0, STDERR_BYTES);
    });
    child.on('error', (error) => {
      this.#stderr = error.message;
    });
    child.on('close', (code, signal) => {
      this.#child = undefined;
      this.#settle(code === 0 ? ENDED_WELL : `died(${signal ?? code}: ${reason(this.#stderr)})`);
    });
    return child;
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    if (this.#received.length < LENGTH_BYTES) return;
    const end = LENGTH_BYTES + this.#received.readUInt32BE(0);
    if (this.#received.length < end) return;
    const outcome = this.#received.toString('latin1', LENGTH_BYTES, end).trim();
    this.#received = this.#received.subarray(end);
    this.#settle(outcome);
  }

  #settle(outcome: string): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(outcome);
  }
}

/** The line of stderr that says most: that of a sanitizer, else the first. */
function reason(stderr: string): string {
  const lines = stderr.split('\n').map((line) => line.trim());
  const said =
    lines.find((line) => /Sanitizer|runtime error/.test(line)) ?? lines.find((line) => line !== '');
  return said ?? 'nothing on stderr';
}
