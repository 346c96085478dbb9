/**
 * The executor inside the arena: the first process of private network, mount and PID namespaces. arena.ts
 * starts it.
 *
 * Receives one request over IPC, streams results, and ends with its parent; the kernel then ends all that is
 * in the PID namespace.
 */
import { writeFileSync } from 'node:fs';
import { closeInheritedDescriptors } from '../inherited-descriptors.ts';
import type { ServerSpec } from '../servers.ts';
import { catalogue } from './catalogue.ts';
import { setReceiveBuffers } from './receive-buffers.ts';
import type { CheckResult } from './result.ts';
import { runChecks } from './run.ts';

/** What to run; checks by id, because functions do not travel. */
export interface ArenaRequest {
  spec: ServerSpec;
  checkIds: string[];
  seed: number;
  tier: 'quick' | 'full';
  deadlineMs?: number;
  first?: readonly string[];
}

export type ArenaMessage =
  | { kind: 'open' }
  | { kind: 'unavailable'; why: string }
  | { kind: 'result'; result: CheckResult }
  | { kind: 'done' }
  | { kind: 'trouble'; message: string };

/**
 * Small fixed buffers, so that backpressure shows after kilobytes instead of megabytes; reno, because its
 * behaviour is the one that is written down; and a short accept queue limit, to fill it on purpose.
 */
const SYSCTLS = {
  'net/ipv4/tcp_wmem': '4096 16384 65536',
  'net/ipv4/tcp_congestion_control': 'reno',
} as const;

function send(message: ArenaMessage): void {
  process.send?.(message);
}

async function prepare(): Promise<void> {
  // Not imported above: where the addon is not built, that is a reason to be told, not a crash.
  const { bringLoopbackUp } = await import('../native/sockets.ts');
  bringLoopbackUp();
  setReceiveBuffers('small');
  for (const [name, value] of Object.entries(SYSCTLS)) writeFileSync(`/proc/sys/${name}`, value);
}

async function runRequest(request: ArenaRequest): Promise<void> {
  const { checkIds, ...run } = request;
  const checks = catalogue.filter((check) => checkIds.includes(check.id));
  try {
    const onResult = (result: CheckResult): void => send({ kind: 'result', result });
    await runChecks({ ...run, checks, onResult, whyNoArena: undefined });
    send({ kind: 'done' });
  } catch (error) {
    send({ kind: 'trouble', message: (error as Error).message });
  }
}

process.on('disconnect', () => process.exit());
process.on('message', (request: ArenaRequest) => void runRequest(request));
try {
  closeInheritedDescriptors();
  await prepare();
  send({ kind: 'open' });
} catch (error) {
  send({ kind: 'unavailable', why: (error as Error).message });
}
