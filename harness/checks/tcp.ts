/**
 * Checks of a TCP connection's life: echo, half-close, resets, accepting. For tcp-echo and framed.
 *
 * What is sent inside is one ECHO of each protocol; the rules of frames are in frame.ts.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { exchange, expectNothingMore, pipeline, takeReply } from './exchange.ts';
import { request } from './message.ts';

const WAITING_CLIENTS = 20;
const PENDING_BYTES = 400_000;

const base = { level: 'must', tier: 'quick', topic: 'tcp', suites: ['tcp-echo', 'framed'] } as const;

export const tcpChecks: readonly Check[] = [
  {
    ...base,
    id: 'tcp.echo-basic',
    title: 'sends back the bytes that came, unchanged, and nothing else',
    rule: 'RFC 862; docs/protocol.md section 2',
    run: echoBasic,
  },
  {
    ...base,
    id: 'tcp.keep-open',
    title: 'keeps the connection open after a reply',
    rule: 'docs/contract.md section 10',
    run: keepOpen,
  },
  {
    ...base,
    id: 'tcp.fin-after-eof',
    title: "ends its half when the peer's half has ended",
    rule: 'docs/contract.md section 10',
    run: finAfterEof,
  },
  {
    ...base,
    id: 'tcp.half-close',
    title: "answers what is owed after the peer's FIN, then sends FIN",
    rule: 'docs/contract.md section 10',
    run: halfClose,
  },
  {
    ...base,
    id: 'tcp.half-close-pending',
    title: "loses nothing that still waits to be written when the peer's FIN comes",
    rule: 'docs/contract.md section 10',
    run: halfClosePending,
  },
  {
    ...base,
    id: 'tcp.rst-survive',
    title: 'outlives a connection that is reset, whatever was under way',
    rule: 'docs/contract.md section 7',
    run: resetSurvive,
  },
  {
    ...base,
    id: 'tcp.serial-hol',
    title: 'serves a client while another one is connected and silent',
    rule: 'docs/contract.md section 7',
    run: serialHeadOfLine,
  },
  {
    ...base,
    id: 'tcp.accept-all-pending',
    title: 'accepts all clients that wait, at one wake-up',
    rule: 'docs/contract.md section 2',
    run: acceptAllPending,
  },
];

async function echoBasic(context: CheckContext): Promise<void> {
  const payloads = [Buffer.from('hello'), context.random.digits(1000), Buffer.from('a line\r\n')];
  await advise(
    {
      cause: 'what is sent back is not what was read',
      hint: 'write exactly the bytes that the read returned: no conversion to text, no added or removed line end',
    },
    async () => {
      for (const [id, payload] of payloads.entries()) {
        context.step(`on a new connection send ${payload.length} bytes and read as many`);
        const peer = await context.connect();
        await exchange(context, peer, payload, { id });
        context.step(
          'send FIN and exchange a message with somebody else; nothing more may have come by then',
        );
        peer.end();
        await context.stillServes();
        expectNothingMore(peer);
      }
    },
  );
}

async function keepOpen(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  for (let round = 1; round <= 3; round++) {
    context.step(`round ${round} of 3 on one connection`);
    try {
      await exchange(context, peer, context.random.digits(64), { id: round });
    } catch (error) {
      if (peer.ended === undefined || round === 1) throw error;
      // FIN or RST: which of them is seen depends on whether our request or its close was first.
      throw new CheckFailure({
        expected: `reply ${round} on the same connection`,
        actual: `the server closed the connection after reply ${round - 1}`,
        cause: 'it takes one reply for the end of the conversation, though the client has not closed',
        hint: 'read on until EOF: the client decides how many requests it sends',
      });
    }
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

async function finAfterEof(context: CheckContext): Promise<void> {
  for (const talks of [true, false]) {
    const peer = await context.connect();
    if (talks) await exchange(context, peer, context.random.digits(32));
    context.step(talks ? 'send FIN after a reply' : 'send FIN on a fresh connection');
    peer.end();
    const ending = await advise(
      {
        cause: 'the end of the input was not noticed; the connection stays in CLOSE_WAIT for ever',
        hint: "read() == 0 (Node: 'end') is the peer's FIN: end your half too",
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

async function acceptAllPending(context: CheckContext): Promise<void> {
  const payload = context.random.digits(16);
  context.step(
    `stop the server (SIGSTOP), connect ${WAITING_CLIENTS} clients that each send a request, let it go on`,
  );
  await context.freeze();
  const peers: Peer[] = [];
  for (let i = 0; i < WAITING_CLIENTS; i++) {
    const peer = await context.connect();
    peer.write(request(context.suite, payload));
    peers.push(peer);
  }
  context.thaw();
  for (const [i, peer] of peers.entries()) {
    await advise(
      {
        cause: `client ${i + 1} of ${WAITING_CLIENTS} that had connected together was never served`,
        hint: 'one event may stand for many clients: with edge-triggered events call accept() until EAGAIN',
      },
      () => takeReply(context, peer, payload, { what: `the reply to client ${i + 1} of ${WAITING_CLIENTS}` }),
    );
  }
}

async function serialHeadOfLine(context: CheckContext): Promise<void> {
  context.step('client A exchanges one message and stays connected');
  const a = await context.connect();
  await exchange(context, a, context.random.digits(16));
  context.step('client B sends a request');
  const b = await context.connect();
  await advise(
    {
      cause: 'B waits for A: the server serves one client until it leaves',
      hint: 'wait for all connections at once (epoll, poll, or events), never in a blocking read of one',
    },
    () => exchange(context, b, context.random.digits(16)),
  );
  context.step('A is still served');
  await exchange(context, a, context.random.digits(16));
}
