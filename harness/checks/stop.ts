/**
 * Checks of the end: SIGTERM and SIGINT, with and without clients and work under way.
 *
 * "Under way" is made by the protocol, half a frame that the server has read, and not by hoping
 * that a reply is slow.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Exit, Peer } from './context.ts';
import { exchange } from './exchange.ts';
import { describeFrame, ECHO, ECHO_REPLY, frame, takeFrameAfterGoaway } from './frames.ts';

/** Longer than any check may take: what ends here must not end because of a limit. */
const NEVER_MS = 600_000;
const IDLE_CLIENTS = 3;
const HALF_FRAME_BYTES = 20;

const base = { level: 'must', tier: 'quick', topic: 'shutdown' } as const;
const unlimited = { 'drain-timeout-ms': NEVER_MS, 'frame-timeout-ms': NEVER_MS };

export const stopChecks: readonly Check[] = [
  {
    ...base,
    id: 'stop.term-idle',
    title: 'exits 0 at SIGTERM',
    rule: 'docs/contract.md section 4',
    suites: SUITES,
    run: (context) => stopsAt(context, 'SIGTERM'),
  },
  {
    ...base,
    id: 'stop.sigint',
    title: 'exits 0 at SIGINT (Ctrl-C)',
    rule: 'docs/contract.md section 4',
    suites: SUITES,
    run: (context) => stopsAt(context, 'SIGINT'),
  },
  {
    ...base,
    id: 'stop.idle-conns',
    title: 'closes idle connections at SIGTERM and exits 0',
    rule: 'docs/contract.md section 4',
    suites: ['tcp-echo', 'framed'],
    flags: { 'drain-timeout-ms': NEVER_MS },
    run: idleConnections,
  },
  {
    ...base,
    id: 'stop.term-inflight',
    title: 'finishes and answers the frame that it was reading at SIGTERM',
    rule: 'docs/protocol.md section 5',
    suites: ['framed'],
    flags: unlimited,
    run: inFlight,
  },
  {
    ...base,
    id: 'stop.second',
    title: 'exits 1 at a second signal while something is still owed',
    rule: 'docs/contract.md section 4',
    suites: ['framed'],
    flags: unlimited,
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
  context.step(`send ${signal} to a server without clients`);
  context.server.signal(signal);
  const hint = `handle ${signal}: close the listener, finish what is owed, exit 0 (docs/contract.md section 4)`;
  const exit = await advise({ cause: `${signal} had no effect`, hint }, () =>
    context.within('the server to exit', context.server.exited),
  );
  expectExit(exit, 0, `${signal} is an order to stop, not a failure`, hint);
}

async function idleConnections(context: CheckContext): Promise<void> {
  context.step(`connect ${IDLE_CLIENTS} clients, exchange a message with each, and send SIGTERM`);
  const peers: Peer[] = [];
  for (let i = 0; i < IDLE_CLIENTS; i++) {
    const peer = await context.connect();
    await exchange(context, peer, context.random.digits(16));
    peers.push(peer);
  }
  context.server.signal('SIGTERM');
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

/** Sends SIGTERM, and waits for the proof that it was handled: the listener is closed. */
async function sigtermSeen(context: CheckContext): Promise<void> {
  context.step('send SIGTERM and wait until connecting is refused: the server has seen the signal');
  context.server.signal('SIGTERM');
  await advise(
    {
      cause: 'the listener stays open while the server is stopping: new clients come in and are lost',
      hint: 'close the listener first, in the moment of the signal',
    },
    () =>
      context.until('connecting to be refused', async () => {
        return (await context.connectError(context.server)) === 'ECONNREFUSED';
      }),
  );
}

async function inFlight(context: CheckContext): Promise<void> {
  const { peer, payload, rest } = await halfFrame(context);
  await sigtermSeen(context);
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
    const exit = await context.within('the server to exit', context.server.exited);
    expectExit(
      exit,
      0,
      'everything that was owed was sent',
      'exit code 1 says that something was still owed',
    );
  });
}

async function secondSignal(context: CheckContext): Promise<void> {
  await halfFrame(context);
  await sigtermSeen(context);
  context.step('send SIGTERM again, while half a frame is still missing');
  context.server.signal('SIGTERM');
  const hint = 'the second signal means: now. Exit 1, because something was still owed';
  const exit = await advise({ cause: 'the second signal had no effect', hint }, () =>
    context.within('the server to exit', context.server.exited),
  );
  expectExit(exit, 1, 'the exit code must tell that not everything was answered', hint);
}
