/**
 * Checks of the end of a framed connection at EOF, with and without work under way, and of the refusal of a new one.
 */
import { advise } from './advice.ts';
import { type Check, expectBytes } from './check.ts';
import type { CheckContext } from './context.ts';
import { deliver } from './delivery.ts';
import { errorReply, expectNotBefore, takeEcho, takeExpected, takeGenerated } from './frame-replies.ts';
import { DELAY_REPLY, delay, ECHO, ECHO_REPLY, frame, generate, header, NOTHING } from './frames.ts';
import { expectRest, SPIN_MS } from './rest.ts';

const base = { level: 'must', tier: 'quick', topic: 'shutdown', suites: ['framed'] } as const;
const DELAY_MS = 150;
/** Far longer than the check. */
const LONG_DELAY_MS = 60_000;

export const endChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.truncated-eof',
    title: 'does not answer a frame that EOF has cut off, and logs it',
    rule: 'docs/protocol.md section 5',
    why: 'Half a request is no request: who acts on it has made up the rest. And somebody must be able to find out why the client got no answer.',
    how: 'EOF inside a header and inside a payload, behind a request that is complete: one reply, FIN, and a line with TRUNCATED_FRAME.',
    run: truncated,
  },
  {
    ...base,
    id: 'frame.eof-owed',
    title: 'answers everything that was complete at EOF, DELAYs too, before its own FIN',
    rule: 'docs/protocol.md section 5',
    why: 'A client that has sent all it wants to send says so with FIN, and waits. It has not gone away.',
    how: `ECHO, DELAY ${DELAY_MS}, a long GENERATE and FIN in one go; all replies must come, the DELAY not too early, then FIN.`,
    run: eofOwed,
  },
  {
    ...base,
    id: 'frame.eof-rest',
    title: 'sleeps while it owes a DELAY to a client that has sent FIN',
    rule: 'docs/contract.md section 7',
    topic: 'resources',
    why: 'The end of the input stays readable for ever. Who still waits for input then is woken at once, each time, for as long as the reply is not due.',
    how: `A DELAY of ${LONG_DELAY_MS / 1000} s and FIN: the server must come to rest. One that has used ${SPIN_MS} ms of CPU time first fails.`,
    run: eofRest,
  },
  {
    ...base,
    id: 'frame.refusal',
    title: 'says ERROR 5 with id 0 to a connection above --max-connections',
    rule: 'docs/protocol.md section 5',
    level: 'should',
    topic: 'resources',
    flags: { 'max-connections': 1 },
    why: 'A connection that is closed without a word looks like a crash. Whoever reads OVERLOADED knows that it can try again later.',
    how: 'One connection is served, the next one sends nothing and must get ERROR 5 with id 0, then its end. The server does so as best it can, therefore "should".',
    run: refusal,
  },
];

async function truncated(context: CheckContext): Promise<void> {
  const whole = Buffer.concat([header(100, ECHO, 3), context.random.digits(100)]);
  for (const cut of [1, 7, 8, 18]) {
    const peer = await context.connect();
    const payload = context.random.digits(16);
    context.step(`send an ECHO, then ${cut} of the 108 bytes of another one, and FIN`);
    await deliver(context, peer, Buffer.concat([frame(ECHO, 2, payload), whole.subarray(0, cut)]));
    peer.end();
    await advise(
      {
        cause: 'a frame that never became complete was answered, or EOF inside a frame was not noticed',
        hint: 'only complete frames get a reply; at EOF drop what is left and end the connection',
      },
      async () => {
        await takeEcho(peer, 2, payload);
        expectBytes('no reply', await peer.takeUntilEnd('FIN, and no reply'), NOTHING);
      },
    );
  }
  await advise(
    {
      cause: 'nothing was logged: nobody will find out why a client got no answer',
      hint: 'docs/protocol.md section 5: event=violation ... code=0 reason=TRUNCATED_FRAME, on stderr',
    },
    () =>
      context.within(
        'a line with reason=TRUNCATED_FRAME on stderr',
        context.server.stderrLine(/TRUNCATED_FRAME/),
      ),
  );
  await context.stillServes();
}

async function eofRest(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  context.step(`send DELAY ${LONG_DELAY_MS}, and FIN`);
  peer.write(delay(1, LONG_DELAY_MS));
  peer.end();
  await peer.flushed();
  await context.consumed(peer);
  await expectRest(context, 'until the DELAY is due', {
    cause: 'that the input has ended is reported again and again, for as long as the server waits for input',
    hint: "after read() == 0 (Node: 'end') wait for output only, or for the timer. C: EPOLL_CTL_MOD without EPOLLIN",
  });
}

async function eofOwed(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(100);
  const count = 300_000;
  context.step(`send ECHO, DELAY ${DELAY_MS}, GENERATE ${count} and FIN`);
  const since = performance.now();
  await deliver(
    context,
    peer,
    Buffer.concat([frame(ECHO, 1, payload), delay(2, DELAY_MS, payload), generate(3, count)]),
  );
  peer.end();
  const delayed = { type: DELAY_REPLY, id: 2, payload };
  await advise(
    {
      cause: 'the FIN of the client ended what was still owed to it',
      hint: "the peer's FIN (Node 'end', C read() == 0) only means that nothing more will be asked: end your half when the queue is empty and no DELAY is outstanding",
    },
    async () => {
      await takeEcho(peer, 1, payload);
      let early = false;
      await takeGenerated(peer, {
        id: 3,
        count,
        other: (got) => {
          early = got.type === DELAY_REPLY && got.payload.equals(payload);
          return early;
        },
      });
      if (!early) await takeExpected(peer, 'the reply to DELAY', delayed);
      expectNotBefore('the reply to DELAY', since, DELAY_MS);
      expectBytes('nothing but FIN', await peer.takeUntilEnd('FIN'), NOTHING);
    },
  );
}

async function refusal(context: CheckContext): Promise<void> {
  const first = await context.connect();
  const payload = context.random.digits(10);
  first.write(frame(ECHO, 1, payload));
  await takeEcho(first, 1, payload);
  context.step('one connection is open, the limit; connect a second one');
  const second = await context.connect();
  await advise(
    {
      cause: 'the connection was closed without a reason',
      hint: 'write ERROR 5 with id 0, then close; the buffers of a new connection are empty, so it fits',
    },
    async () => {
      await takeExpected(second, 'the refusal', errorReply(5, 0));
      await second.ending();
    },
  );
  context.step('the first one is still served');
  first.write(frame(ECHO, 2, payload));
  await takeExpected(first, 'the reply on the first connection', { type: ECHO_REPLY, id: 2, payload });
}
