/**
 * The part of docs/contract.md that every TypeScript peer needs: flags, the ready line, stopping.
 *
 * Flags about limits and timeouts are accepted and ignored: peers show one way of doing it, not a server for production.
 */
import { parseArgs } from 'node:util';

/** Where to listen. */
export function listenAddress(): { host: string; port: number } {
  const { values } = parseArgs({
    options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '0' } },
    strict: false,
  });
  return { host: String(values.host), port: Number(values.port) };
}

/** Prints the ready line, and lets SIGTERM and SIGINT end the process with exit code 0. */
export function announceReady(protocol: string, transport: 'tcp' | 'udp', port: number): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
  const line = JSON.stringify({ ready: true, protocol, transport, port, pid: process.pid });
  process.stdout.write(`${line}\n`);
}
