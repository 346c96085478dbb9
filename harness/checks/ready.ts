/**
 * Checks of the ready line. They come first: a server that never becomes ready, or says so too
 * early, would fail all others for that.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import type { Check } from './check.ts';
import type { CheckContext, Server } from './context.ts';

const STARTS = 5;

const base = { level: 'must', tier: 'quick', topic: 'process', suites: SUITES, startsServer: false } as const;

export const readyChecks: readonly Check[] = [
  {
    ...base,
    id: 'ready.line',
    title: 'prints one JSON ready line as the first line of stdout, and flushes it',
    rule: 'docs/contract.md section 2',
    why: 'Whoever starts a server (a supervisor, a test, a script) has to know when it can be used. Without a signal all of them sleep for a while and hope, which fails on a busy machine.',
    how: 'The first line of stdout must be a JSON object with ready: true and the port. stdout is a pipe here, so a line that is not flushed does not come. Nothing else can be checked without it: if this fails, the other checks are not judged.',
    run: readyLine,
  },
  {
    ...base,
    id: 'ready.truth',
    title: 'can be reached in the moment when it says that it is ready',
    deadlineFactor: 3,
    rule: 'docs/contract.md section 2',
    why: 'A ready line that comes too early is worse than none: the first clients are refused, now and then, and only where the machine is busy.',
    how: `The server is started ${STARTS} times; each time a client connects in the moment in which the line is there, without a second try. Over UDP a datagram has to come back.`,
    run: readyTruth,
  },
];

async function readyLine(context: CheckContext): Promise<void> {
  context.step('start the server and read the first line of its stdout');
  const launched = context.launch();
  await advise(
    {
      cause:
        'the line was not printed, went to stderr, or is still in a buffer: stdout is a pipe here, not a terminal',
      hint: 'print it when listening has succeeded, on stdout, and flush (C: fflush(stdout))',
    },
    () => context.within('the ready line on stdout', launched.ready),
  );
}

async function readyTruth(context: CheckContext): Promise<void> {
  for (let i = 1; i <= STARTS; i++) {
    context.step(`start ${i} of ${STARTS}: talk to the server as soon as its ready line is there`);
    const server = await context.start();
    await advise(
      {
        cause: `the ready line named port ${server.port} before the server listened there, or it is another port`,
        hint: 'print it from the callback of listen(), or after listen() has returned, with the port that getsockname() gives',
      },
      () => reach(context, server),
    );
    // Gone before the next one starts: two at a time are the business of bind.port-0.
    server.signal('SIGKILL');
    await context.within('the end of a killed server', server.exited);
  }
}

/** Connects; over UDP, where that proves nothing, one datagram has to come back. */
async function reach(context: CheckContext, server: Server): Promise<void> {
  if (context.suite === 'udp-echo') await context.stillServes(server);
  else (await context.connect(server)).end();
}
