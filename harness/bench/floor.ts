/**
 * The floor of the loopback path: the blocking client of clients/ against the blocking server of peers/, one message at a time.
 *
 * What a server with an event loop adds to this is its own cost; what both share belongs to the kernel.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Target } from '../native/load.ts';
import { ROOT } from '../servers.ts';
import { startedOn } from './placement.ts';

const CLIENT = join(ROOT, 'build', 'clients', 'blocking');
const MESSAGE_BYTES = 64;
/** To learn the rate, from which the count of the real run follows. */
const FIRST_COUNT = 1000;
const DEADLINE_MS = 20_000;
const run = promisify(execFile);

const report = z.object({ messages_per_second: z.number(), p50_ns: z.number() });

export interface FloorResult {
  messagesPerSecond: number;
  p50Ns: number;
}

/** @throws Error in one line when the client is not built, or the server does not answer */
export async function measureFloor(
  transport: 'tcp' | 'udp',
  target: Target,
  cpu: number | undefined,
  durationMs: number,
  signal: AbortSignal,
): Promise<FloorResult> {
  if (!existsSync(CLIENT)) throw new Error(`${CLIENT} is missing: run \`make -C clients\``);
  const pingPong = async (count: number): Promise<FloorResult> => {
    const words = [transport, target.host, String(target.port), String(MESSAGE_BYTES), String(count)];
    const client = startedOn(cpu, () => run(CLIENT, words, { signal, timeout: DEADLINE_MS }));
    const { messages_per_second, p50_ns } = report.parse(JSON.parse((await client).stdout));
    return { messagesPerSecond: messages_per_second, p50Ns: p50_ns };
  };
  const { messagesPerSecond } = await pingPong(FIRST_COUNT);
  return pingPong(Math.max(FIRST_COUNT, Math.round((messagesPerSecond * durationMs) / 1000)));
}
