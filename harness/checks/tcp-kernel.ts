/**
 * Checks of a server's dealings with the kernel that no byte of the stream shows: segments, interrupted calls, urgent
 * data.
 *
 * What goes on the wire is read from TCP_INFO of the server's socket, never guessed from how long something took.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, NotJudged } from './check.ts';
import type { CheckContext, ServerEndOfConnection } from './context.ts';
import { exchange } from './exchange.ts';
import { reply, request } from './message.ts';

const SMALL_BYTES = 20;
/** A retransmission in between makes the picture useless: then another connection is tried. */
const ATTEMPTS = 20;
const INTERRUPTIONS = 3;

const base = { level: 'must', tier: 'quick', topic: 'tcp', suites: ['tcp-echo', 'framed'] } as const;

export const kernelChecks: readonly Check[] = [
  {
    ...base,
    id: 'tcp.nodelay',
    title: 'sends a small reply at once, though an earlier one is not acknowledged yet',
    rule: 'RFC 9293 section 3.7.4',
    level: 'should',
    needs: ['native'],
    why: 'With the Nagle algorithm a small reply waits for the acknowledgement of the one before, and the peer delays that by 40 ms: latency of nothing but waiting.',
    how: 'A client that acknowledges nothing any more (a packet filter on its own socket) sends two requests one after the other. TCP_INFO of the server must show both replies as sent.',
    run: noDelay,
  },
  {
    ...base,
    id: 'tcp.eintr',
    title: 'goes on when a system call is interrupted',
    rule: 'docs/contract.md section 7',
    why: 'A debugger, a profiler or a suspended container interrupts epoll_wait() with EINTR. Who takes it for an error ends for no reason.',
    how: 'The server is stopped and continued while it sleeps in a system call, which then returns EINTR; it must still serve.',
    run: interrupted,
  },
  {
    ...base,
    id: 'tcp.urgent',
    title: 'takes urgent data calmly',
    rule: 'RFC 6093',
    level: 'info',
    needs: ['native'],
    why: 'Hardly anybody uses urgent data, so hardly anybody has tried it. One byte of it reports POLLPRI, and may arrive out of the stream.',
    how: 'A message, one urgent byte, another message. Both messages must be answered, and other clients too.',
    run: urgent,
  },
];

async function noDelay(context: CheckContext): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { tcpInfo } = await twoSmallReplies(context);
    if (!tcpInfo) throw new NotJudged('TCP_INFO of a connection over IPv6 is not looked up');
    if (tcpInfo.notsentBytes === 0) return;
    // Nagle holds a segment back behind one other; many under way have filled the congestion window.
    if (tcpInfo.unacked >= tcpInfo.sndCwnd) return;
    if (tcpInfo.totalRetrans > 0) continue;
    throw new CheckFailure({
      expected: 'both replies on the wire: no byte that is written and not sent',
      actual: `${tcpInfo.notsentBytes} bytes wait for an acknowledgement (TCP_INFO)`,
      cause: 'the Nagle algorithm holds back a small segment while an earlier one is not acknowledged',
      hint: 'set TCP_NODELAY (Node: noDelay), and write header and payload with one call',
    });
  }
  throw new NotJudged('this machine is too slow: every try saw a retransmission');
}

/** The server's end of a connection whose client acknowledges nothing, when two replies have been written. */
async function twoSmallReplies(context: CheckContext): Promise<ServerEndOfConnection> {
  const peer = await context.connect();
  await exchange(context, peer, context.random.digits(SMALL_BYTES));
  context.step('the client stops to acknowledge, and sends two small requests one after the other');
  peer.vanish();
  const payload = context.random.digits(SMALL_BYTES);
  const size = reply(context.suite, payload).length;
  for (const replies of [1, 2]) {
    peer.write(request(context.suite, payload));
    await context.until(`the server to write reply ${replies}`, () => {
      const end = context.serverEnd(peer);
      return end === undefined || end.txQueue >= replies * size;
    });
  }
  const end = context.serverEnd(peer);
  peer.reset();
  if (!end) throw new CheckFailure({ expected: 'two replies', actual: 'the server closed the connection' });
  return end;
}

async function interrupted(context: CheckContext): Promise<void> {
  await context.stillServes();
  await advise(
    {
      cause: 'a system call that was interrupted (EINTR) was taken for a failure',
      hint: 'EINTR means: call again. epoll_wait(), poll(), read() and accept() can all return it',
    },
    async () => {
      for (let i = 0; i < INTERRUPTIONS; i++) {
        context.step('wait until the server sleeps, stop it (SIGSTOP), and let it go on (SIGCONT)');
        await context.asleep();
        await context.freeze();
        context.thaw();
      }
      await context.stillServes();
    },
  );
}

async function urgent(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  await exchange(context, peer, context.random.digits(SMALL_BYTES));
  context.step('send one urgent byte (MSG_OOB), then a message');
  await peer.flushed();
  peer.sendUrgent(0x21);
  await advise(
    {
      cause: 'urgent data ended the connection or the server, or came into the stream',
      hint: 'do not set SO_OOBINLINE, and do not treat EPOLLPRI as an error',
    },
    async () => {
      await exchange(context, peer, context.random.digits(SMALL_BYTES), { id: 1 });
      await context.stillServes();
    },
  );
}
