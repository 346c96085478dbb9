/**
 * Checks of fatal errors: what still arrives, what is dropped, and how the connection is closed.
 */
import { MIB } from '../units.ts';
import { advise } from './advice.ts';
import { type Check, expectBytes } from './check.ts';
import type { CheckContext } from './context.ts';
import { deliver } from './delivery.ts';
import { errorReply, takeEcho, takeExpected, takeGenerated } from './frame-replies.ts';
import { DISCARD, DISCARD_REPLY, delay, ECHO, frame, generate, header, u32 } from './frames.ts';
import { NEVER_MS } from './server-flags.ts';

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['framed'] } as const;
/** A server needs so long for two frames that came together only on a machine on which nothing can be judged. */
const DELAY_MS = 1000;
/** Less than the 16 MiB that a lingering close takes. */
const GARBAGE_BYTES = 8 * MIB;
const GENERATED_BYTES = 300_000;

export const fatalChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.fatal-order',
    title: 'sends the replies to earlier requests before a fatal ERROR, and none to later ones',
    rule: 'docs/protocol.md section 4',
    why: 'Requests that were right were accepted: a client must be able to trust that each has been answered before the mistake behind them is.',
    how: 'ECHO, DISCARD and a long GENERATE, then wrong flags, then another ECHO. Three replies, ERROR 2, FIN, and nothing else.',
    run: fatalOrder,
  },
  {
    ...base,
    id: 'frame.fatal-delays',
    title: 'drops outstanding DELAYs at a fatal error',
    rule: 'docs/protocol.md section 4',
    why: 'A connection that failed must not be kept alive for a minute by what was put aside on it: that would be a cheap way to hold on to a server.',
    how: `DELAY of ${DELAY_MS} ms, then wrong flags: ERROR 2 and FIN must come, and no reply to the DELAY before it.`,
    run: fatalDelays,
  },
  {
    ...base,
    id: 'frame.fatal-linger',
    title: 'reads and discards after a fatal error instead of resetting the connection',
    rule: 'docs/contract.md section 5',
    flags: { 'linger-ms': NEVER_MS },
    why: 'Closing a socket that has unread input sends RST, and RST destroys what is on its way: the client would see a broken connection instead of the ERROR.',
    how: `After ERROR and FIN the client goes on sending ${GARBAGE_BYTES / MIB} MiB; all of it must be taken, and the connection end in order.`,
    run: fatalLinger,
  },
];

async function fatalOrder(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(500);
  context.step(
    `send ECHO, DISCARD, GENERATE ${GENERATED_BYTES}, a header with wrong flags, and another ECHO`,
  );
  const requests = [
    frame(ECHO, 1, payload),
    frame(DISCARD, 2, payload),
    generate(3, GENERATED_BYTES),
    header(0, ECHO, 4, 0x01),
    frame(ECHO, 5, payload),
  ];
  const sent = deliver(context, peer, Buffer.concat(requests));
  await advise(
    {
      cause:
        'an earlier reply was thrown away or overtaken by the ERROR, or the frame behind the error was still parsed',
      hint: 'the ERROR stands last in the queue of replies; after it stop parsing, send what is queued, then FIN',
    },
    async () => {
      await takeEcho(peer, 1, payload);
      const discarded = { type: DISCARD_REPLY, id: 2, payload: u32(payload.length) };
      await takeExpected(peer, 'the reply to DISCARD', discarded);
      await takeGenerated(peer, { id: 3, count: GENERATED_BYTES });
      await takeExpected(peer, 'the ERROR', errorReply(2, 4));
      const rest = await advise(NO_FIN_ADVICE, () => peer.takeUntilEnd('FIN'));
      expectBytes('nothing but FIN', rest, Buffer.alloc(0));
      await sent;
    },
  );
}

const NO_FIN_ADVICE = {
  cause:
    'the ERROR was sent, and the FIN behind it was not: it was asked for while replies still waited, and nobody asked again',
  hint: 'whenever the last reply that waited is written: is the connection over? Then end it now',
};

async function fatalDelays(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  context.step(`send DELAY ${DELAY_MS}, and with its last byte a header with wrong flags`);
  const delayed = delay(1, DELAY_MS);
  await deliver(context, peer, delayed.subarray(0, -1));
  // In one piece: with that byte the time of the DELAY begins.
  peer.write(Buffer.concat([delayed.subarray(-1), header(0, ECHO, 2, 0x01)]));
  await advise(
    {
      cause: 'the connection waited for its DELAYs, though it had failed',
      hint: 'a fatal error drops them, their memory and their timers, and the FIN follows the ERROR',
    },
    async () => {
      await takeExpected(peer, 'the ERROR', errorReply(2, 2));
      expectBytes('nothing but FIN', await peer.takeUntilEnd('FIN'), Buffer.alloc(0));
    },
  );
  peer.end();
  await context.stillServes();
}

async function fatalLinger(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  context.step('send a header with wrong flags');
  peer.write(header(0, ECHO, 1, 0x01));
  const advice = {
    cause: 'the socket was closed while the client was still sending',
    hint: 'after the ERROR: shutdown(SHUT_WR) (Node: end()), then read and discard until the FIN of the client, --linger-ms or 16 MiB',
  };
  await advise(advice, async () => {
    await takeExpected(peer, 'the ERROR', errorReply(2, 1));
    expectBytes('nothing but FIN', await peer.takeUntilEnd('FIN'), Buffer.alloc(0));
  });
  context.step(`after its FIN send ${GARBAGE_BYTES / MIB} MiB more, and our FIN`);
  for (let sent = 0; sent < GARBAGE_BYTES; sent += MIB) peer.write(Buffer.alloc(MIB, 0x61));
  await advise(advice, () => peer.flushed());
  peer.end();
  await context.stillServes();
}
