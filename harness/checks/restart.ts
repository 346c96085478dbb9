/**
 * Checks of starting again: after an end in order, after one by SIGKILL, while old connections linger in the kernel; and of a
 * signal that comes during the start.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure, NotJudged } from './check.ts';
import type { CheckContext, Exit, Launched, Server } from './context.ts';
import { exchange } from './exchange.ts';
import { timeWaits } from './listeners.ts';

/** Moments of a start at which SIGTERM is tried. */
const MOMENTS = 5;

const base = {
  level: 'must',
  tier: 'quick',
  topic: 'shutdown',
  suites: SUITES,
  startsServer: false,
} as const;

export const restartChecks: readonly Check[] = [
  {
    ...base,
    id: 'bind.restart-timewait',
    title: 'starts again on its port while connections of its predecessor are in TIME_WAIT',
    rule: 'docs/contract.md section 4',
    topic: 'process',
    suites: ['tcp-echo', 'framed'],
    needs: ['native'],
    why: 'Whoever closes a TCP connection first remembers it for a minute (TIME_WAIT). A server that cannot bind in that minute turns each restart into an outage.',
    how: 'The server is ended by SIGKILL with a client connected, so that its kernel closes first; the TIME_WAIT socket is looked up, and the server is started again on the same port.',
    run: restartInTimeWait,
  },
  {
    ...base,
    id: 'stop.port-free',
    title: 'has given its port back when it has exited',
    rule: 'docs/contract.md section 4',
    why: 'A supervisor starts the next server when the process has ended. If a child still holds the socket, the new one cannot bind, or shares its clients with a zombie of the old one.',
    how: 'The server is stopped by SIGTERM, and at its exit another is started on the same port.',
    run: portIsFree,
  },
  {
    ...base,
    id: 'stop.kill9',
    title: 'starts again after it was killed',
    rule: 'docs/contract.md section 4',
    why: 'The kernel kills without warning when memory runs out, and power fails. Whatever a server leaves behind at such an end (a lock file, a pid file, a socket file) must not keep the next one from starting.',
    how: 'The server is ended by SIGKILL and started again on the same port.',
    run: startsAfterKill,
  },
  {
    ...base,
    id: 'stop.startup',
    title: 'ends in order when it is told to stop before it is ready',
    rule: 'docs/contract.md section 4',
    level: 'should',
    why: 'A deployment that is cancelled stops servers that have just been started. A crash there raises an alarm, and a hang holds the deployment up.',
    how: `The time of one start is taken. Then the server is started ${MOMENTS} times, and SIGTERM comes at another moment of each start; once more it comes as soon as the server sleeps, be it ready or not. It may end by the signal or with exit code 0.`,
    run: stopsDuringStart,
  },
];

async function restart(context: CheckContext, port: number, cause: string, hint: string): Promise<void> {
  context.step(`start the server again, with --port ${port}`);
  const again = await advise({ cause, hint }, () => context.start({ port }));
  await context.stillServes(again);
}

async function end(context: CheckContext, server: Server, signal: 'SIGTERM' | 'SIGKILL'): Promise<Exit> {
  context.step(`end the server by ${signal}`);
  server.signal(signal);
  return advise({ cause: `${signal} had no effect`, hint: 'stop.term-idle says what SIGTERM must do' }, () =>
    context.within('the server to exit', server.exited),
  );
}

async function restartInTimeWait(context: CheckContext): Promise<void> {
  const server = await context.start();
  context.step('connect a client and exchange a message');
  const peer = await context.connect(server);
  await exchange(context, peer, context.random.digits(16));
  await end(context, server, 'SIGKILL');
  await peer.ending();
  peer.end();
  // FIN of the client travels in the kernel; loopback has delivered it by the next look.
  const { port } = server;
  const closedInOrder = peer.ended === 'fin';
  if (!closedInOrder)
    throw new NotJudged('the kernel did not close the connection of the killed server with FIN');
  await context.until('the connection to be in TIME_WAIT', async () => (await timeWaits(port)) > 0);
  await restart(
    context,
    port,
    'the kernel refuses to bind a port with connections in TIME_WAIT, unless it is told that this is meant',
    'C: SO_REUSEADDR before bind(). Node sets it by itself',
  );
}

async function portIsFree(context: CheckContext): Promise<void> {
  const server = await context.start();
  await context.stillServes(server);
  await end(context, server, 'SIGTERM');
  await restart(
    context,
    server.port,
    'the port is still bound after the process has exited: a child has inherited the socket and lives on',
    'end the children before you exit, and open sockets with SOCK_CLOEXEC',
  );
}

async function startsAfterKill(context: CheckContext): Promise<void> {
  const server = await context.start();
  await context.stillServes(server);
  await end(context, server, 'SIGKILL');
  await restart(
    context,
    server.port,
    'something that the killed server could not clean up keeps the next one from starting',
    'do without lock and pid files: the kernel lets one process bind the port, and frees it at any end',
  );
}

async function stopsDuringStart(context: CheckContext): Promise<void> {
  const startedAt = performance.now();
  await context.start();
  const startMs = performance.now() - startedAt;
  for (let moment = 0; moment < MOMENTS; moment++) {
    const launched = context.launch();
    await context.elapse((startMs * moment) / MOMENTS, 'a signal may come at any moment of a start');
    await endsInOrder(context, launched);
  }
  const waiting = context.launch();
  // Whoever waits for something during its start (a file, a name, a database) is found here on the slowest machine.
  await context.asleep(waiting);
  await endsInOrder(context, waiting);
}

async function endsInOrder(context: CheckContext, launched: Launched): Promise<void> {
  context.step('send SIGTERM');
  launched.signal('SIGTERM');
  const exit = await advise(
    {
      cause: 'SIGTERM was lost: it came before there was anything to stop, and nobody remembered it',
      hint: 'install the handler when there is something to stop; until then the default action is right',
    },
    () => context.within('the server to exit', launched.exited),
  );
  expectOrderlyEnd(exit);
}

function expectOrderlyEnd({ code, signal }: Exit): void {
  if (code === 0 || signal === 'SIGTERM') return;
  throw new CheckFailure({
    expected: 'an end by SIGTERM, or exit code 0',
    actual: signal ? `ended by ${signal}` : `exit code ${code}`,
    cause: 'the handler of SIGTERM ran before what it stops was there',
    hint: 'install the handler after listen(), or let it look whether there is a listener yet',
  });
}
