/**
 * Runs the clients' command line as a person would: a process of its own, with stdin, stdout, stderr and an exit code.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url));

export type ClientRun = {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
};

/** Starts the client with pipes; its end is awaited with `clientEnd`. */
export function startClient(...args: string[]): ChildProcess {
  return spawn(process.execPath, [CLI, ...args], { stdio: 'pipe', env: { PATH: process.env.PATH } });
}

/** Collects a started client's output until it ends. */
export async function clientEnd(client: ChildProcess): Promise<ClientRun> {
  if (client.stdout === null || client.stderr === null) throw new Error('the client has no pipes');
  const [stdout, stderr] = await Promise.all([
    buffer(client.stdout),
    text(client.stderr),
    client.exitCode === null ? once(client, 'exit') : undefined,
  ]);
  return { exitCode: client.exitCode, stdout, stderr };
}

/** Runs the client to its end with `input` as all of its stdin. */
export async function runClient(args: readonly string[], input: string | Buffer = ''): Promise<ClientRun> {
  const client = startClient(...args);
  client.stdin?.on('error', () => {}); // A client that ends early closes its stdin: that is part of some tests.
  client.stdin?.end(input);
  return clientEnd(client);
}
