/**
 * Checks of the ready line. They come first: a server that never becomes ready, or says so too
 * early, would fail all others for that.
 */
import { ServerFault } from '../process.ts';
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Launched, Server } from './context.ts';
import { request } from './message.ts';

const STARTS = 5;
const PAYLOAD_BYTES = 16;
const READY_JSON = /^\s*\{.*"ready"\s*:\s*true/m;

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
    rule: 'docs/contract.md section 2',
    why: 'A ready line that comes too early is worse than none: the first clients are refused, now and then, and only where the machine is busy.',
    how: `The server is started ${STARTS} times; each time a client connects in the moment in which the line is there, without a second try, and has to get some answer to its first message.`,
    run: readyTruth,
  },
];

async function readyLine(context: CheckContext): Promise<void> {
  context.step('start the server and read the first line of its stdout');
  const launched = context.launch();
  try {
    await context.within('the ready line on stdout', launched.ready);
  } catch (error) {
    if (error instanceof ServerFault) throw unfit(error, launched);
    if (error instanceof CheckFailure) throw missing(error, launched);
    throw error;
  }
}

/** Something else came: what it was says more than any guess. */
function unfit({ seen, hint }: ServerFault, { exit }: Launched): CheckFailure {
  const cause = exit
    ? 'the program ended instead of serving'
    : 'what the program prints on stdout is not the line that the contract asks for';
  return new CheckFailure({ expected: 'the ready line on stdout', actual: seen, cause, hint });
}

/** Nothing came on stdout. A server may tell its log first, so stderr is looked at only now. */
function missing({ facts }: CheckFailure, launched: Launched): CheckFailure {
  if (!READY_JSON.test(launched.stderr()))
    return new CheckFailure({
      ...facts,
      cause: 'the line was not printed, or is still in a buffer: stdout is a pipe here, not a terminal',
      hint: 'print it when listening has succeeded, on stdout, and flush (C: fflush(stdout))',
    });
  return new CheckFailure({
    ...facts,
    actual: `${facts.actual}; on stderr there is such a line`,
    cause: 'the ready line was printed as if it were a log line',
    hint: 'stdout carries the ready line and nothing else, stderr carries the logs',
  });
}

async function readyTruth(context: CheckContext): Promise<void> {
  for (let i = 1; i <= STARTS; i++) {
    context.step(`start ${i} of ${STARTS}: talk to the server as soon as its ready line is there`);
    const server = await context.start();
    await advise(
      {
        cause: `the ready line named port ${server.port} before the server listened there, or it is another port, or nobody reads what comes there`,
        hint: 'print it from the callback of listen(), or after listen() has returned, with the port that getsockname() gives',
      },
      () => reach(context, server),
    );
    // Gone before the next one starts: two at a time are the business of bind.port-0.
    server.signal('SIGKILL');
    await context.within('the end of a killed server', server.exited);
  }
}

/**
 * Connects, and waits for the first byte of an answer: what it says is for others to judge. Over UDP a datagram has to come back. A server
 * that answers nobody would fail all other checks for that, each at its deadline.
 */
async function reach(context: CheckContext, server: Server): Promise<void> {
  if (context.suite === 'udp-echo') {
    await context.stillServes(server);
    return;
  }
  const peer = await context.connect(server);
  peer.write(request(context.suite, context.random.digits(PAYLOAD_BYTES)));
  await peer.take(1, 'the first byte of an answer');
  peer.end();
}
