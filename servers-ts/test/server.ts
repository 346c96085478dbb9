// Starts one of this room's servers as its own process, for tests, and says how it ended.
//
// The ready line is waited for, the process never outlives the test (see dispose). It knows no protocol.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export class Server implements AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
  log = ''; // stderr

  private constructor(started: ChildProcess, ready: { port: number; pid: number }) {
    this.process = started;
    this.port = ready.port;
    this.pid = ready.pid;
    this.exited = once(started, 'close').then(([code]) => code as number | null);
    started.stderr?.on('data', (chunk: Buffer) => {
      this.log += chunk.toString();
    });
  }

  /** Starts `program` ("framed"), and waits for the ready line. */
  static async start(program: string, args: string[] = [], readPath = 'fast'): Promise<Server> {
    const file = fileURLToPath(new URL(`../${program}.ts`, import.meta.url));
    const { NODE_COMPILE_CACHE = '' } = process.env; // most of the work of a start is compiling
    const env = { SERVERS_TS_READ_PATH: readPath, NODE_COMPILE_CACHE };
    const started = spawn(process.execPath, [file, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [line] = await Promise.race([once(started.stdout, 'data'), once(started, 'exit')]);
    return new Server(started, JSON.parse(String(line)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
  }
}
