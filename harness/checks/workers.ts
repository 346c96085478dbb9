/**
 * The check of --workers: several event loops behind one port are still one server.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Server } from './context.ts';
import { crowd } from './crowd.ts';
import { NEVER_MS } from './server-flags.ts';

/** The least number that is more than one. */
const WORKERS = 2;
const CLIENTS = 24;

export const workerChecks: readonly Check[] = [
  {
    id: 'bind.workers',
    title: `serves with --workers ${WORKERS} as with one, and stops in order`,
    rule: 'docs/contract.md section 8',
    level: 'must',
    tier: 'quick',
    topic: 'process',
    suites: SUITES,
    startsServer: false,
    why: 'The kernel gives each new client to one of the workers by a hash. One that does not serve, or is forgotten at the end, fails every second client, and never the same.',
    how: `A server with --workers ${WORKERS} must become ready, and serve ${CLIENTS} clients, one after the other and (over TCP) all at once. At SIGTERM it must take leave of all of them and exit 0; the time limit of the drain is far away.`,
    run: severalWorkers,
  },
];

async function severalWorkers(context: CheckContext): Promise<void> {
  context.step(`start the server with --workers ${WORKERS}`);
  const server = await advise(
    {
      cause: 'the second worker cannot bind the port that the first one has',
      hint: 'with --workers set SO_REUSEPORT on every socket, the first one too; give the others the port that the kernel chose for the first',
    },
    () => context.start({ workers: WORKERS, 'drain-timeout-ms': NEVER_MS }),
  );
  context.step(`${CLIENTS} clients, one after the other`);
  for (let i = 0; i < CLIENTS; i++) await context.stillServes(server);
  const open = context.suite === 'udp-echo' ? 0 : await stayConnected(context, server);
  context.step(`send SIGTERM; ${open} clients are connected, and owed nothing`);
  server.signal('SIGTERM');
  const advice = {
    cause: 'a worker was not told to stop, or nobody waits for the last one that has',
    hint: 'tell every worker, and exit when all of them have said that they are done',
  };
  const exit = await advise(advice, () => context.within('the server to exit', server.exited));
  if (exit.code === 0) return;
  throw new CheckFailure({
    expected: 'exit code 0',
    actual: exit.signal ?? `exit code ${exit.code}`,
    ...advice,
  });
}

async function stayConnected(context: CheckContext, server: Server): Promise<number> {
  context.step(`${CLIENTS} clients at once, who stay`);
  const peers = await crowd(context, CLIENTS, server);
  // They leave when the server does.
  for (const peer of peers) void peer.ending().then(() => peer.end());
  return peers.length;
}
