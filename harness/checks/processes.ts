/**
 * Checks of what a server is made of: threads, child processes, stack, and the memory that it gives back.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Server } from './context.ts';
import { comeAndGo, crowd, visit } from './crowd.ts';
import { exchange, pipeline } from './exchange.ts';
import { exitAtSigterm } from './sigterm.ts';

const CLIENTS = 200;
/** A pool that grows when it is needed is no fault; a thread or process for each client is. */
const MOST_MORE = CLIENTS / 2;
const VISITORS = 100;
/** A server may wait for its last child when the next client comes. */
const MOST_ZOMBIES = 3;
const A_FEW = 3;
const SMALL_STACK_BYTES = 256 * 1024;
const MANY_MESSAGES = 10_000;
const LARGE_DATAGRAM_BYTES = 60_000;
const LARGE_MESSAGE_BYTES = 1_000_000;
const SANITIZER_EXIT_CODE = 97;

const base = { level: 'must', tier: 'quick', topic: 'resources' } as const;

export const processChecks: readonly Check[] = [
  {
    ...base,
    id: 'res.threads',
    title: 'has a bounded number of threads and processes, however many clients there are',
    rule: 'docs/contract.md section 8',
    suites: ['tcp-echo', 'framed'],
    why: 'A thread costs a stack and time of the scheduler. One for each client works for a hundred, and ends in swapping or EAGAIN with ten thousand, most of them idle.',
    how: `Threads and processes of the server are counted before and while ${CLIENTS} clients are connected. They may grow by ${MOST_MORE}, so that a pool is no fault.`,
    run: boundedThreads,
  },
  {
    ...base,
    id: 'res.zombies',
    title: 'waits for its children',
    rule: 'docs/contract.md section 8',
    suites: ['tcp-echo', 'framed'],
    why: 'A child that has ended keeps its number until its parent has waited for it. A server that forks and does not wait fills the process table of the whole machine.',
    how: `${VISITORS} clients come and go. When the server has come to rest, at most ${MOST_ZOMBIES} processes of it may be in state Z. A server that never forks passes.`,
    run: noZombies,
  },
  {
    ...base,
    id: 'res.exit-leak',
    title: 'gives its memory back before it exits',
    rule: 'docs/contract.md section 4',
    level: 'info',
    suites: SUITES,
    why: 'The kernel takes everything back at the exit, so nobody is hurt. But only when an orderly exit frees everything does a leak checker show the leaks that do hurt: those of each connection.',
    how: 'Only a build with LeakSanitizer (part of AddressSanitizer) can fail this. The server serves a few clients, is stopped by SIGTERM, and must report no leak.',
    run: noLeakAtExit,
  },
  {
    ...base,
    id: 'res.ulimit-stack',
    title: 'does with a small stack',
    rule: 'docs/contract.md section 7',
    level: 'should',
    tier: 'full',
    suites: SUITES,
    needs: ['prlimit'],
    startsServer: false,
    deadlineFactor: 3,
    why: 'Threads get small stacks, and embedded systems have few pages to give. A large array on the stack, or a recursion whose depth the peer decides, ends in SIGSEGV there: at the customer, not on the desk.',
    how: 'The server is started with a stack of 256 KiB. It has to answer 10,000 small messages that lie in its socket at once, and a large one.',
    run: smallStack,
  },
];

async function boundedThreads(context: CheckContext): Promise<void> {
  await context.stillServes();
  const before = await context.usage();
  context.step(
    `connect ${CLIENTS} clients and exchange a message with each (${before.threads} threads so far)`,
  );
  await crowd(context, CLIENTS);
  const { threads, processes } = await context.usage();
  if (threads <= before.threads + MOST_MORE) return;
  throw new CheckFailure({
    expected: `a number of threads that does not depend on the number of clients (${before.threads} without clients)`,
    actual: `${threads} threads in ${processes} processes for ${CLIENTS} clients`,
    cause: 'each client gets a thread or a process of its own',
    hint: 'one event loop for all (epoll, Node), or a pool of fixed size that takes work from a queue',
  });
}

async function noZombies(context: CheckContext): Promise<void> {
  context.step(`${VISITORS} clients come, exchange a message and leave`);
  await visit(context, VISITORS, (peer) => comeAndGo(context, peer));
  await context.asleep();
  context.step('one more client comes: some servers wait for their children when they accept');
  await context.stillServes();
  await context.asleep();
  const { zombies } = await context.usage();
  if (zombies <= MOST_ZOMBIES) return;
  throw new CheckFailure({
    expected: `no child that has ended and was not waited for (at most ${MOST_ZOMBIES})`,
    actual: `${zombies} processes in state Z after ${VISITORS} clients`,
    cause: 'children are started and never waited for',
    hint: 'at SIGCHLD call waitpid(-1, NULL, WNOHANG) until it returns 0: one signal may stand for several children',
  });
}

async function noLeakAtExit(context: CheckContext): Promise<void> {
  const { server } = context;
  for (let i = 0; i < A_FEW; i++) await context.stillServes();
  const exit = await exitAtSigterm(context);
  const leak = server
    .stderr()
    .split('\n')
    .find((line) => line.includes('LeakSanitizer'));
  if (leak === undefined && exit?.code !== SANITIZER_EXIT_CODE) return;
  throw new CheckFailure({
    expected: 'no report of LeakSanitizer',
    actual: leak === undefined ? `exit code ${SANITIZER_EXIT_CODE}` : JSON.stringify(leak.trim()),
    cause: 'memory was allocated and is reachable no more, or was not given back at the end',
    hint: 'the lines after it on stderr name the function that allocated it',
  });
}

async function smallStack(context: CheckContext): Promise<void> {
  context.step(`start the server with a stack of ${SMALL_STACK_BYTES / 1024} KiB`);
  const advice = {
    cause: 'the stack is used up: by a large array in a function, or by a recursion for each message',
    hint: 'large buffers belong on the heap or in static memory, and a loop handles any number of messages',
  };
  await advise(advice, async () => {
    const server = await context.start({}, { limits: { stackBytes: SMALL_STACK_BYTES } });
    if (context.suite === 'udp-echo') await largeDatagram(context, server);
    else await manyMessagesAtOnce(context, server);
    await context.stillServes(server);
  });
}

async function largeDatagram(context: CheckContext, server: Server): Promise<void> {
  context.step(`send a datagram of ${LARGE_DATAGRAM_BYTES} bytes`);
  const peer = await context.datagrams(server);
  await peer.send(context.random.digits(LARGE_DATAGRAM_BYTES));
  await peer.receive('the echo of a large datagram');
}

async function manyMessagesAtOnce(context: CheckContext, server: Server): Promise<void> {
  context.step(`send ${MANY_MESSAGES} messages while the server is stopped (SIGSTOP), and let it go on`);
  const { requests, replies } = pipeline(context, MANY_MESSAGES, 6);
  const peer = await context.connect(server);
  await context.freeze(server);
  peer.write(requests);
  context.thaw(server);
  await peer.take(replies.length, `${MANY_MESSAGES} replies`);
  context.step(`send a message of ${LARGE_MESSAGE_BYTES} bytes`);
  await exchange(context, peer, context.random.digits(LARGE_MESSAGE_BYTES));
}
