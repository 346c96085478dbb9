/**
 * Checks of how a connection ends in good order: FIN of both halves, nothing lost, and no RST on the wire.
 *
 * Resets are in tcp-reset.ts. The kernel's counters say whether an RST was sent, also where no client could see it.
 */

import { MIB } from '../units.ts';
import { advise } from './advice.ts';
import { isBackAt } from './back-at.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer, Server } from './context.ts';
import { exchange, pipeline } from './exchange.ts';
import { request } from './message.ts';
import { NEVER_MS } from './server-flags.ts';

const PENDING_BYTES = 400_000;
const ORDERLY_CONNECTIONS = 5;
/** Soon: the server is to close first. */
const IDLE_TIMEOUT_MS = 100;

/** What a lingering close discards, and what it may take in all: the kernel has buffers too. */
const LINGER_MIB = 16;
const MOST_TAKEN_MIB = 32;

const base = { level: 'must', tier: 'quick', topic: 'tcp', suites: ['tcp-echo', 'framed'] } as const;

export const closeChecks: readonly Check[] = [
  {
    ...base,
    id: 'tcp.fin-after-eof',
    title: "ends its half when the peer's half has ended",
    rule: 'docs/contract.md section 10',
    why: 'A connection whose end is not noticed stays in CLOSE_WAIT, which has no timeout: descriptors run out after days of good service.',
    how: 'The client sends FIN after an exchange, and on a fresh connection, and waits for the FIN of the server. RST instead of FIN fails.',
    run: finAfterEof,
  },
  {
    ...base,
    id: 'tcp.half-close',
    title: "answers what is owed after the peer's FIN, then sends FIN",
    rule: 'docs/contract.md section 10',
    why: 'Programs such as `nc -N` or a shell pipe send their request, close their half and read the reply. FIN says "I have said all", not "I have gone".',
    how: 'The server is stopped while request and FIN arrive, so that it finds both at once, however fast it is. All of the reply and then FIN must come.',
    run: halfClose,
  },
  {
    ...base,
    id: 'tcp.half-close-pending',
    title: "loses nothing that still waits to be written when the peer's FIN comes",
    rule: 'docs/contract.md section 10',
    why: 'The end of a large download is cut off now and then, and only for slow clients: the hardest kind of fault to find later.',
    how: 'The client sends 400 kB and FIN, reads nothing until the server sleeps, and then reads to the end.',
    run: halfClosePending,
  },
  {
    ...base,
    id: 'tcp.no-rst-orderly',
    title: 'sends no RST in an exchange in which nobody does anything wrong',
    rule: 'docs/contract.md section 5',
    needs: ['arena'],
    exclusive: true,
    why: 'RST destroys what is still under way to the peer: the last reply of a session is lost, on some networks and on some days.',
    how: 'Connections that the client ends, and one that the server ends for being idle while the client still says something. The counter of the kernel (OutRsts) must not move.',
    run: noResetInOrder,
  },
  {
    ...base,
    id: 'tcp.linger0',
    title: 'closes with FIN, never with SO_LINGER set to 0 seconds',
    rule: 'docs/contract.md section 5',
    level: 'should',
    needs: ['arena'],
    exclusive: true,
    why: 'SO_LINGER with 0 seconds gets rid of TIME_WAIT, and of every byte that the peer has not acknowledged yet.',
    how: 'A few connections on which the server has read and answered everything; the counter of the kernel (OutRsts) must not move.',
    run: noLingerZero,
  },
  {
    ...base,
    id: 'tcp.linger-bytes',
    title: 'closes for good when a client goes on sending long after the end',
    rule: 'docs/contract.md section 5',
    flags: { 'linger-ms': NEVER_MS, 'drain-timeout-ms': NEVER_MS },
    why: 'To read on after our FIN is a courtesy to what was on its way. Without a limit it is a way to keep a server, which has already ended the conversation, busy with garbage, and from stopping.',
    how: `SIGTERM; after the FIN of the server the client sends on and on. The limits of time are far away. Before ${MOST_TAKEN_MIB} MiB were taken (${LINGER_MIB} MiB, and what the kernel buffers) the connection must be closed, and the server exit.`,
    run: lingerBytes,
  },
];

async function finAfterEof(context: CheckContext): Promise<void> {
  for (const talks of [true, false]) {
    const peer = await context.connect();
    if (talks) await exchange(context, peer, context.random.digits(32));
    context.step(talks ? 'send FIN after a reply' : 'send FIN on a fresh connection');
    peer.end();
    const ending = await advise(
      {
        cause:
          'the end of the input was not noticed, or not answered; the connection stays in CLOSE_WAIT for ever',
        hint: "the peer's FIN: Node 'end', C read() == 0. End your half then: Node end(), C shutdown() and close()",
      },
      () => peer.ending(),
    );
    if (ending === 'fin') continue;
    throw new CheckFailure({
      expected: 'FIN',
      actual: 'RST',
      cause: 'the connection was closed in a way that discards: unread input, or SO_LINGER with 0 seconds',
      hint: 'Node: end() instead of resetAndDestroy(); C: no SO_LINGER, and read until EOF before close()',
    });
  }
}

async function halfClose(context: CheckContext): Promise<void> {
  const { requests, replies } = pipeline(context, 1, 1000);
  const peer = await context.connect();
  context.step(
    'stop the server for a moment (SIGSTOP), send a request and FIN, and let it go on: it finds all at once',
  );
  await context.freeze();
  peer.write(requests);
  peer.end();
  await peer.flushed();
  context.thaw();
  await advise(
    {
      cause: 'the end of what the client sends was taken for the end of the connection',
      hint: 'after EOF send what is owed, then FIN. Node: allowHalfOpen: true, then end(). C: write all, then shutdown(fd, SHUT_WR)',
    },
    async () => expectBytes('the reply', await peer.takeUntilEnd('the reply, then FIN'), replies),
  );
}

async function halfClosePending(context: CheckContext): Promise<void> {
  const { requests, replies } = pipeline(context, 1, PENDING_BYTES);
  const peer = await context.connect(context.server, { paused: true });
  context.step(`send ${requests.length} bytes and FIN without reading, and wait until the server sleeps`);
  peer.write(requests);
  peer.end();
  await context.settled(peer);
  context.step('now read everything');
  peer.resume();
  await advise(
    {
      cause: 'replies that waited for the client to read were thrown away when its FIN came',
      hint: "close only when your own buffer is empty. Node: end(), never destroy(), in 'end'. C: keep the buffer until write() has taken it all",
    },
    async () => expectBytes('the reply', await peer.takeUntilEnd('the whole reply, then FIN'), replies),
  );
}

async function noResetInOrder(context: CheckContext): Promise<void> {
  const hint = 'after your FIN go on reading and discarding until the FIN of the peer, then close()';
  await expectNoReset(context, hint, async () => {
    context.step(`${ORDERLY_CONNECTIONS} connections: an exchange, then FIN from the client`);
    await comeAndGo(context);
    context.step('a large reply that the client reads late, then FIN');
    await readLate(context);
    context.step('a client that is idle, gets FIN for it, says one thing more, and then sends FIN too');
    const server = await context.start({ 'idle-timeout-ms': IDLE_TIMEOUT_MS, 'linger-ms': NEVER_MS });
    await advise(
      {
        cause: 'a client that says nothing keeps its connection, and its memory and descriptor, for ever',
        hint: 'remember when a byte last moved on each connection, and send FIN on what is older than --idle-timeout-ms',
      },
      () => speakAfterFin(context, server),
    );
  });
}

async function lingerBytes(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  await exchange(context, peer, context.random.digits(16));
  context.step(`send SIGTERM; after the FIN of the server send up to ${MOST_TAKEN_MIB} MiB, and no FIN`);
  context.server.signal('SIGTERM');
  await advise(
    {
      cause: 'at SIGTERM the server leaves its connections open until their clients go',
      hint: 'send FIN on every connection that owes nothing: the lingering close begins with it',
    },
    () => peer.ending(),
  );
  if (!(await isCutOff(peer))) {
    throw new CheckFailure({
      expected: `the server to close after ${LINGER_MIB} MiB`,
      actual: `it took ${MOST_TAKEN_MIB} MiB`,
      cause: 'what comes after the end is read and discarded without an end',
      hint: 'count what you discard, and close() above 16 MiB: whoever sends that much does not listen',
    });
  }
  await context.within('the server to exit', context.server.exited);
}

/** True when the server has closed and the kernel takes no more, which comes as RST. */
async function isCutOff(peer: Peer): Promise<boolean> {
  try {
    for (let sent = 0; sent < MOST_TAKEN_MIB; sent++) {
      peer.write(Buffer.alloc(MIB, 0x61));
      await peer.flushed();
    }
    return false;
  } catch (error) {
    if (error instanceof CheckFailure) return true;
    throw error;
  }
}

async function noLingerZero(context: CheckContext): Promise<void> {
  context.step(`${ORDERLY_CONNECTIONS} connections: an exchange, then FIN from the client`);
  const hint = 'remove SO_LINGER (C) or resetAndDestroy() (Node) from the normal way to close';
  await expectNoReset(context, hint, () => comeAndGo(context));
}

/** Runs steps; fails when an RST was sent meanwhile by anybody in the arena: the clients here send none. */
async function expectNoReset(context: CheckContext, hint: string, steps: () => Promise<void>): Promise<void> {
  const before = await context.counters();
  await steps();
  const after = await context.counters();
  const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  if (grown('Tcp.OutRsts') === 0) return;
  const unread = grown('TcpExt.TCPAbortOnClose') + grown('TcpExt.TCPAbortOnData');
  throw new CheckFailure({
    expected: 'no RST on the wire',
    actual: `${grown('Tcp.OutRsts')} (OutRsts); ${unread} times close() threw bytes away (TCPAbortOnClose, TCPAbortOnData)`,
    cause:
      'the socket was closed for good while its peer could still send, or with input that nobody had read',
    hint,
  });
}

async function comeAndGo(context: CheckContext): Promise<void> {
  for (let i = 0; i < ORDERLY_CONNECTIONS; i++) {
    const peer = await context.connect();
    await exchange(context, peer, context.random.digits(100));
    peer.end();
    await peer.ending();
    await closedByServer(context, peer);
  }
}

async function readLate(context: CheckContext): Promise<void> {
  const { requests, replies } = pipeline(context, 1, PENDING_BYTES);
  const peer = await context.connect(context.server, { paused: true });
  peer.write(requests);
  peer.end();
  await context.settled(peer);
  peer.resume();
  expectBytes('the reply', await peer.takeUntilEnd('the whole reply, then FIN'), replies);
  await closedByServer(context, peer);
}

async function speakAfterFin(context: CheckContext, server: Server): Promise<void> {
  const { fds } = await context.usage(server);
  const peer = await context.connect(server);
  await peer.ending();
  await context.elapse(1.5 * IDLE_TIMEOUT_MS, 'the lingering close has a time of its own');
  peer.write(request(context.suite, context.random.digits(100)));
  peer.end();
  // A reset at this point is what the counter will tell.
  await peer.flushed().catch(() => undefined);
  await context.until('the server to close its descriptor', isBackAt(context, fds, server));
}

async function closedByServer(context: CheckContext, peer: Peer): Promise<void> {
  await context.until('the server to close its socket', () => context.serverEnd(peer) === undefined);
}
