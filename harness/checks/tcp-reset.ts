/**
 * Checks of connections that end badly: RST, a peer that has gone, a peer that vanishes. One client's end must not be
 * another one's.
 *
 * Orderly ends are in tcp-close.ts.
 */
import { advise } from './advice.ts';
import { isBackAt } from './back-at.ts';
import { type Check, expectBytes } from './check.ts';
import type { CheckContext } from './context.ts';
import { exchange, pipeline } from './exchange.ts';
import { reply, request } from './message.ts';

const PENDING_BYTES = 400_000;
/**
 * Small messages, so that a server that writes each reply by itself writes many times; all of them fit into the
 * receive buffer of a stopped server, or FIN would not arrive before the server writes.
 */
const GONE_MESSAGES = 40;
const GONE_MESSAGE_BYTES = 100;
const CONNECTIONS = 8;
const RESET = 3;
/** So long that an exchange at the end does not race with it. */
const VANISH_TIMEOUT_MS = 1000;

const base = { level: 'must', tier: 'quick', topic: 'tcp', suites: ['tcp-echo', 'framed'] } as const;

export const resetChecks: readonly Check[] = [
  {
    ...base,
    id: 'tcp.rst-survive',
    title: 'outlives a connection that is reset, whatever was under way',
    rule: 'docs/contract.md section 7',
    why: 'Resets are daily life: a closed laptop, a load balancer, a port scan. A server that ends at the first one is taken down by anybody.',
    how: 'RST on a connection that has just been used, and on one whose replies nobody reads; a new client must be served after each.',
    run: resetSurvive,
  },
  {
    ...base,
    id: 'tcp.gone-before-reply',
    title: 'outlives a peer that has closed before its reply is written',
    rule: 'docs/contract.md section 7',
    why: 'The second write to a connection that the peer has closed raises SIGPIPE, whose default is to end the process without a word.',
    how: 'The server is stopped while a client sends 40 messages and closes both halves; when it goes on, it reads them all and writes to nobody.',
    run: goneBeforeReply,
  },
  {
    ...base,
    id: 'tcp.rst-isolated',
    title: 'keeps every byte of the other connections when one is reset',
    rule: 'docs/contract.md section 7',
    why: 'An error path that frees or closes too much turns the end of one client into an outage of all.',
    how: `${CONNECTIONS} connections have each sent half of a message; one is reset; the others send the rest and get their own replies.`,
    run: resetIsolated,
  },
  {
    ...base,
    id: 'tcp.vanish',
    title: 'gives up a connection whose peer has vanished without FIN or RST',
    rule: 'docs/contract.md section 6',
    level: 'should',
    tier: 'full',
    needs: ['native'],
    flags: { 'idle-timeout-ms': VANISH_TIMEOUT_MS, 'linger-ms': VANISH_TIMEOUT_MS },
    why: 'A pulled cable or a dead battery sends nothing at all. Without limits of its own the server keeps such a connection for hours (keepalive) or for ever.',
    how: "A packet filter on the client's own socket drops everything that comes, so that even the server's FIN stays unanswered. The idle limit and then the linger limit must free the descriptor.",
    run: vanish,
  },
];

async function resetSurvive(context: CheckContext): Promise<void> {
  const { requests } = pipeline(context, 1, PENDING_BYTES);
  await context.stillServes();
  await advise(
    {
      cause: 'a reset of one connection (ECONNRESET, EPIPE) ended or blocked the whole server',
      hint: "Node: an 'error' listener on every socket. C: a failed read or write closes that connection only; ignore SIGPIPE",
    },
    async () => {
      context.step('RST on a connection that has just been used');
      const used = await context.connect();
      await exchange(context, used, context.random.digits(32));
      used.reset();
      await context.asleep();
      await context.stillServes();
      context.step('RST while the server has replies that the client does not read');
      const stalled = await context.connect(context.server, { paused: true });
      stalled.write(requests);
      await context.settled(stalled);
      stalled.reset();
      await context.asleep();
      await context.stillServes();
    },
  );
}

async function goneBeforeReply(context: CheckContext): Promise<void> {
  const { requests } = pipeline(context, GONE_MESSAGES, GONE_MESSAGE_BYTES);
  await context.stillServes();
  const peer = await context.connect();
  await exchange(context, peer, context.random.digits(16));
  context.step(`stop the server (SIGSTOP), send ${requests.length} bytes, close both halves, let it go on`);
  await context.freeze();
  peer.write(requests);
  await context.until('the bytes to arrive', () => {
    return (context.serverEnd(peer)?.rxQueue ?? 0) >= requests.length;
  });
  peer.close();
  context.thaw();
  await advise(
    {
      cause: 'writing to a connection that its peer has closed ended the server, or blocked it',
      hint: 'C: ignore SIGPIPE or write with MSG_NOSIGNAL, and treat EPIPE as the end of that connection',
    },
    async () => {
      await context.asleep();
      await context.stillServes();
    },
  );
}

async function resetIsolated(context: CheckContext): Promise<void> {
  const payloads = Array.from({ length: CONNECTIONS }, () => context.random.digits(200));
  const clients = await Promise.all(
    payloads.map(async (payload) => {
      const whole = request(context.suite, payload);
      const half = whole.length >> 1;
      const peer = await context.connect();
      peer.write(whole.subarray(0, half));
      await context.consumed(peer);
      return { peer, rest: whole.subarray(half), expected: reply(context.suite, payload) };
    }),
  );
  context.step(`${CONNECTIONS} clients have sent half of a message each; number ${RESET} sends RST`);
  clients[RESET - 1]?.peer.reset();
  await context.asleep();
  context.step('the others send the other half, and must get their replies');
  const others = clients.filter((_, index) => index !== RESET - 1);
  for (const { peer, rest } of others) peer.write(rest);
  for (const { peer, expected } of others) {
    await advise(
      {
        cause: 'a connection was disturbed by the reset of another one',
        hint: 'the error path may touch nothing but the connection on which the error was reported',
      },
      async () => expectBytes('the reply', await peer.take(expected.length, 'the reply'), expected),
    );
  }
}

async function vanish(context: CheckContext): Promise<void> {
  const { fds } = await context.usage();
  context.step('a client connects and vanishes: it answers nothing any more, not even FIN');
  const peer = await context.connect();
  peer.vanish();
  // It has been accepted. An exchange first would race with the idle limit on a busy machine.
  await context.asleep();
  await advise(
    {
      cause: 'the server waits for a FIN that will never come',
      hint: 'two limits: --idle-timeout-ms until your FIN, and --linger-ms from your FIN to close()',
    },
    () => context.until('the server to close its descriptor', isBackAt(context, fds)),
  );
  await context.stillServes();
}
