/**
 * Checks of the end: SIGTERM and SIGINT, with and without clients and work under way.
 *
 * "Under way" is made by the protocol, half a frame that the server has read, and not by hoping
 * that a reply is slow.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes, NotJudged } from './check.ts';
import type { CheckContext, Exit, Peer } from './context.ts';
import { exchange, pipeline } from './exchange.ts';
import {
  describeFrame,
  ECHO,
  ECHO_REPLY,
  frame,
  HEADER_BYTES,
  takeFrameAfterGoaway,
  withoutGoaway,
} from './frames.ts';
import { NEVER_MS } from './server-flags.ts';

const IDLE_CLIENTS = 3;
const HALF_FRAME_BYTES = 20;
/** More than the buffers of the kernel take in the arena, and less than --max-pending-bytes. */
const OWED_MESSAGES = 25;
const OWED_MESSAGE_BYTES = 16_000;
const DRAIN_MS = 500;
/** Clocks of two processes and whole milliseconds in timers: less than this is too early. */
const SOONEST_MS = 0.9 * DRAIN_MS;
const SHORT_DRAIN_MS = 100;

const base = { level: 'must', tier: 'quick', topic: 'shutdown' } as const;
const unlimited = { 'drain-timeout-ms': NEVER_MS };

export const stopChecks: readonly Check[] = [
  {
    ...base,
    id: 'stop.term-idle',
    title: 'exits 0 at SIGTERM',
    rule: 'docs/contract.md section 4',
    suites: SUITES,
    why: 'SIGTERM is how every supervisor stops a service. One that ignores it is killed after a while, in the middle of its work; one that exits with another code than 0 raises an alarm.',
    how: 'After one exchange SIGTERM is sent to the server, which has no clients then. It must exit with code 0.',
    run: (context) => stopsAt(context, 'SIGTERM'),
  },
  {
    ...base,
    id: 'stop.sigint',
    title: 'exits 0 at SIGINT (Ctrl-C)',
    rule: 'docs/contract.md section 4',
    suites: SUITES,
    why: 'Ctrl-C in a terminal sends SIGINT. Whoever tries the server by hand must not lose what is owed either.',
    how: 'SIGINT is sent to a server without clients, as SIGTERM is in stop.term-idle. It must exit with code 0.',
    run: (context) => stopsAt(context, 'SIGINT'),
  },
  {
    ...base,
    id: 'stop.idle-conns',
    title: 'closes idle connections at SIGTERM and exits 0',
    rule: 'docs/contract.md section 4',
    suites: ['tcp-echo', 'framed'],
    flags: unlimited,
    why: 'Clients keep connections open for later. A server that waits until they leave never stops, and each deployment ends with SIGKILL.',
    how: `${IDLE_CLIENTS} clients exchange a message and stay connected. At SIGTERM each must see its connection closed, and the server must exit with code 0; the time limit of the drain is far away.`,
    run: idleConnections,
  },
  {
    ...base,
    id: 'stop.flush',
    title: 'sends everything that is owed before it exits',
    rule: 'docs/contract.md section 4',
    suites: ['tcp-echo', 'framed'],
    flags: { ...unlimited, 'linger-ms': NEVER_MS },
    needs: ['native'],
    why: 'A request that was accepted and read was promised an answer. With each deployment that throws away what waits in memory, some clients lose it.',
    how: `A client sends ${OWED_MESSAGES} messages and reads nothing, so that replies wait in the server. The kernel tells how much the server has read. SIGTERM comes, the client reads again: the replies to that must come to the last byte, then FIN, and the exit code must be 0.`,
    run: flush,
  },
  {
    ...base,
    id: 'stop.refuse-new',
    title: 'takes no new client while it is stopping',
    rule: 'docs/contract.md section 4',
    suites: ['tcp-echo', 'framed'],
    flags: unlimited,
    why: 'A client that gets in during the drain is cut off a moment later. Refused at once, it goes to another server.',
    how: 'A client that does not read keeps the drain going. SIGTERM is sent, and when the server has come to rest again, connecting must be refused (ECONNREFUSED).',
    run: refuseNew,
  },
  {
    ...base,
    id: 'stop.term-inflight',
    title: 'finishes and answers the frame that it was reading at SIGTERM',
    rule: 'docs/protocol.md section 5',
    suites: ['framed'],
    flags: unlimited,
    why: 'A deployment must not cost a request. What the server has begun to read it has taken on.',
    how: 'Half of a frame is sent and read by the server, then SIGTERM comes, then the other half. The reply must come, then FIN, and the exit code must be 0.',
    run: inFlight,
  },
  {
    ...base,
    id: 'stop.deadline',
    title: 'exits 1 when --drain-timeout-ms has passed and something is still owed',
    rule: 'docs/contract.md section 4',
    suites: ['framed'],
    flags: { 'drain-timeout-ms': DRAIN_MS },
    why: 'A client that never sends the rest of its frame must not hold up a deployment. The exit code tells the operator that not everything was answered.',
    how: `With --drain-timeout-ms ${DRAIN_MS}, half of a frame is sent and SIGTERM follows. The server must exit with code 1, and not before that time.`,
    run: drainDeadline,
  },
  {
    ...base,
    id: 'stop.deadline-idle',
    title: 'exits 0 when --drain-timeout-ms has passed and nothing is owed any more',
    rule: 'docs/contract.md section 4',
    suites: ['tcp-echo', 'framed'],
    flags: { 'drain-timeout-ms': SHORT_DRAIN_MS, 'linger-ms': NEVER_MS },
    why: 'Clients that keep their connection open after the goodbye of the server are no loss. An exit code that says so each time is an alarm that nobody looks at any more when replies are lost.',
    how: `${IDLE_CLIENTS} clients exchange a message; at SIGTERM they get FIN and do not answer it, and --linger-ms is far away. After --drain-timeout-ms (${SHORT_DRAIN_MS}) the server must exit with code 0.`,
    run: idleDeadline,
  },
  {
    ...base,
    id: 'stop.second',
    title: 'exits 1 at a second signal while something is still owed',
    rule: 'docs/contract.md section 4',
    suites: ['framed'],
    flags: unlimited,
    why: 'Whoever presses Ctrl-C twice means it. A server that cannot be hurried is killed with SIGKILL, and then nothing is tidied up.',
    how: 'Half of a frame keeps the drain going, whose time limit is far away. A second SIGTERM must end the server with exit code 1.',
    run: secondSignal,
  },
];

function expectExit({ code, signal }: Exit, expected: number, cause: string, hint: string): void {
  if (code === expected) return;
  throw new CheckFailure({
    expected: `exit code ${expected}`,
    actual: signal ? `ended by ${signal}` : `exit code ${code}`,
    cause,
    hint,
  });
}

async function stopsAt(context: CheckContext, signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
  await context.stillServes();
  context.step('wait until the server sleeps: its client has left');
  await context.asleep();
  context.step(`send ${signal} to a server without clients`);
  context.server.signal(signal);
  const hint = `handle ${signal}: close the listener, finish what is owed, exit 0 (docs/contract.md section 4)`;
  const exit = await advise({ cause: `${signal} had no effect`, hint }, () =>
    context.within('the server to exit', context.server.exited),
  );
  expectExit(exit, 0, `${signal} is an order to stop, not a failure`, hint);
}

/** Clients that have had their reply, of a server that has just been told to stop. */
async function idleAtSigterm(context: CheckContext): Promise<Peer[]> {
  context.step(`connect ${IDLE_CLIENTS} clients, exchange a message with each, and send SIGTERM`);
  const peers: Peer[] = [];
  for (let i = 0; i < IDLE_CLIENTS; i++) {
    const peer = await context.connect();
    await exchange(context, peer, context.random.digits(16));
    peers.push(peer);
  }
  context.server.signal('SIGTERM');
  return peers;
}

async function idleConnections(context: CheckContext): Promise<void> {
  const peers = await idleAtSigterm(context);
  const advice = {
    cause: 'the server waits until its idle clients leave of their own accord',
    hint: 'closing the listener is not enough: send FIN on every connection that owes nothing',
  };
  await advise(advice, async () => {
    for (const peer of peers) {
      await peer.ending();
      peer.end();
    }
    context.step('every connection is closed; the server must exit');
    const exit = await context.within('the server to exit', context.server.exited);
    expectExit(exit, 0, 'nothing was owed to anybody', 'exit code 1 says that something was still owed');
  });
}

/** A connection on which the server has read half of a frame; and the other half. */
async function halfFrame(context: CheckContext): Promise<{ peer: Peer; payload: Buffer; rest: Buffer }> {
  const payload = context.random.digits(2 * HALF_FRAME_BYTES);
  const whole = frame(ECHO, 5, payload);
  const peer = await context.connect();
  context.step('send half a frame and wait until the server has read it');
  peer.write(whole.subarray(0, HALF_FRAME_BYTES));
  await context.consumed(peer);
  return { peer, payload, rest: whole.subarray(HALF_FRAME_BYTES) };
}

/** Sends SIGTERM and waits until it was dealt with: the server sleeps again. Work under way keeps it alive. */
async function sigterm(context: CheckContext): Promise<void> {
  context.step('send SIGTERM and wait until the server has dealt with it and sleeps again');
  context.server.signal('SIGTERM');
  await context.asleep();
}

/** A client that sends requests and reads nothing, and the replies that it is owed. */
async function owedReplies(context: CheckContext): Promise<{ peer: Peer; replies: Buffer }> {
  const { requests, replies } = pipeline(context, OWED_MESSAGES, OWED_MESSAGE_BYTES);
  const peer = await context.connect(context.server, { paused: true });
  context.step(`send ${requests.length} bytes of requests, read nothing, and wait until the server sleeps`);
  peer.write(requests);
  await context.settled(peer);
  return { peer, replies };
}

/** Bytes of the replies to what the server has read: a frame that it has not read to its end does not count. */
function repliesOwed(context: CheckContext, peer: Peer): number {
  const end = context.serverEnd(peer);
  if (end === undefined) {
    throw new CheckFailure({
      expected: 'the connection to stay open: the client has not closed, and reads nothing yet',
      actual: 'the server closed it before there was any signal',
      cause: 'it takes one request, or a client that does not read, for the end of the conversation',
      hint: 'read on until EOF; what the client does not read yet waits',
    });
  }
  if (end.tcpInfo === undefined) throw new NotJudged('the kernel does not tell how much the server has read');
  const unit = context.suite === 'framed' ? HEADER_BYTES + OWED_MESSAGE_BYTES : 1;
  return Math.floor((end.tcpInfo.bytesReceived - end.rxQueue) / unit) * unit;
}

async function flush(context: CheckContext): Promise<void> {
  const { peer, replies } = await owedReplies(context);
  const owedBytes = repliesOwed(context, peer);
  await sigterm(context);
  context.step(`now read everything: ${owedBytes} bytes are owed for what the server had read`);
  peer.resume();
  const advice = {
    cause: 'replies that waited for the client to read were thrown away at SIGTERM',
    hint: 'exit when every buffer is empty, not before. Node: end() each socket and wait for it; C: keep the loop running',
  };
  await advise(advice, async () => {
    const received = await peer.takeUntilEnd('the rest of the replies, then FIN');
    const answers = context.suite === 'framed' ? withoutGoaway(received) : received;
    // A server may read on until it handles the signal, and owes that too.
    const length = Math.min(Math.max(answers.length, owedBytes), replies.length);
    expectBytes('the replies', answers, replies.subarray(0, length));
    peer.end();
    await expectStopped(context);
  });
}

async function refuseNew(context: CheckContext): Promise<void> {
  await owedReplies(context);
  await sigterm(context);
  context.step('connect');
  const error = await context.connectError(context.server);
  if (error === 'ECONNREFUSED') return;
  throw new CheckFailure({
    expected: 'ECONNREFUSED for a client that connects after SIGTERM',
    actual: error ?? 'a connection',
    cause: 'the listener stays open while the server is stopping: new clients come in and are lost',
    hint: 'close the listener first, in the moment of the signal',
  });
}

async function drainDeadline(context: CheckContext): Promise<void> {
  await halfFrame(context);
  // Before the signal: a slow harness can then only measure too much, never too little.
  const startedAt = performance.now();
  context.step('send SIGTERM and wait for the exit');
  context.server.signal('SIGTERM');
  const hint = 'one timer from the moment of the signal; when it is due, exit: 1 if anything is still owed';
  const exit = await advise({ cause: 'a client that is stuck holds up the end of the server', hint }, () =>
    context.within('the server to exit', context.server.exited),
  );
  const elapsedMs = performance.now() - startedAt;
  expectExit(exit, 1, 'the exit code must tell that not everything was answered', hint);
  if (elapsedMs >= SOONEST_MS) return;
  throw new CheckFailure({
    expected: `the server to wait ${DRAIN_MS} ms for the rest of the frame`,
    actual: `it exited after ${elapsedMs.toFixed(0)} ms`,
    cause: 'the drain was given up before its time limit',
    hint,
  });
}

async function idleDeadline(context: CheckContext): Promise<void> {
  await idleAtSigterm(context);
  const hint =
    'owed is what was read and not answered, and what was not taken by the kernel; an open connection alone is not';
  const exit = await advise({ cause: 'clients that do not close hold up the end of the server', hint }, () =>
    context.within('the server to exit', context.server.exited),
  );
  expectExit(exit, 0, 'connections that owe nothing were counted as if they did', hint);
}

async function expectStopped(context: CheckContext): Promise<void> {
  const exit = await context.within('the server to exit', context.server.exited);
  expectExit(exit, 0, 'everything that was owed was sent', 'exit code 1 says that something was still owed');
}

async function inFlight(context: CheckContext): Promise<void> {
  const { peer, payload, rest } = await halfFrame(context);
  await sigterm(context);
  context.step('send the other half');
  peer.write(rest);
  const advice = {
    cause: 'the request that the server was reading at SIGTERM was dropped',
    hint: 'no exit() in the signal handler: complete frames of which a byte was read, answer them, then FIN, then exit 0',
  };
  await advise(advice, async () => {
    const expected = `the reply to the frame, id 5, ${payload.length} bytes`;
    const got = await takeFrameAfterGoaway(peer, expected);
    const isReply = got.type === ECHO_REPLY && got.id === 5 && got.payload.equals(payload);
    if (!isReply) throw new CheckFailure({ expected, actual: describeFrame(got) });
    await peer.ending();
    peer.end();
    await expectStopped(context);
  });
}

async function secondSignal(context: CheckContext): Promise<void> {
  await halfFrame(context);
  await sigterm(context);
  context.step('send SIGTERM again, while half a frame is still missing');
  context.server.signal('SIGTERM');
  const hint =
    'the second signal means: now. Exit 1, because something was still owed (Node: process.exit(1); C: leave the loop of epoll_wait())';
  const exit = await advise({ cause: 'the second signal had no effect', hint }, () =>
    context.within('the server to exit', context.server.exited),
  );
  expectExit(exit, 1, 'the exit code must tell that not everything was answered', hint);
}
