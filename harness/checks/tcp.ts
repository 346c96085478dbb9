/**
 * Checks of what every client of a TCP server relies on: its bytes come back, the connection stays, other clients do
 * not matter. For tcp-echo and framed.
 *
 * What is sent inside is one ECHO of each protocol; the rules of frames are in frame.ts.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext } from './context.ts';
import { exchange, exchangeWithSentinel, expectNothingMore } from './exchange.ts';

const base = { level: 'must', tier: 'quick', topic: 'tcp', suites: ['tcp-echo', 'framed'] } as const;

export const tcpChecks: readonly Check[] = [
  {
    ...base,
    id: 'tcp.echo-basic',
    title: 'sends back the bytes that came, unchanged, and nothing else',
    rule: 'RFC 862; docs/protocol.md section 2',
    why: 'Everything else rests on it: a server that adds, drops or changes a byte breaks the format of whatever travels through it.',
    how: 'Three messages of different kinds, a connection each. Where the reply is too short, what is sent next shows it. That nothing more comes is shown by serving another client in between, not by waiting.',
    run: echoBasic,
  },
  {
    ...base,
    id: 'tcp.keep-open',
    title: 'keeps the connection open after a reply',
    rule: 'docs/contract.md section 10',
    why: 'A new connection costs a round trip and a place in TIME_WAIT. Clients that keep a pool of connections fail at random when the server closes them.',
    how: 'Three exchanges on one connection. It is the client that decides when it has finished.',
    run: keepOpen,
  },
  {
    ...base,
    id: 'tcp.serial-hol',
    title: 'serves a client while another one is connected and silent',
    rule: 'docs/contract.md section 7',
    why: 'With one client at a time, anybody who connects and says nothing takes the service away from all others.',
    how: 'Client A exchanges a message and stays. B must get its reply while A is there, and A must still be served after B.',
    run: serialHeadOfLine,
  },
];

async function echoBasic(context: CheckContext): Promise<void> {
  const payloads = [Buffer.from('hello'), context.random.digits(1000), Buffer.from('a line\r\n')];
  await advise(
    {
      cause: 'what is sent back is not what was read',
      hint: 'write exactly the bytes that the read returned: no conversion to text, no added or removed line end',
      whenSilent: {
        cause: 'nothing is sent back',
        hint: "what arrives has to be written to the same connection. Node: socket.write() in 'data'. C: write() after read(), with the count that it returned",
      },
    },
    async () => {
      for (const [id, payload] of payloads.entries()) {
        context.step(`on a new connection send ${payload.length} bytes and read the echo`);
        const peer = await context.connect();
        await exchangeWithSentinel(context, peer, payload, { id });
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
        hint: "read on until EOF. Node: on('data'), not once(), and no end() after a reply. C: read() in a loop, until it returns 0",
      });
    }
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
