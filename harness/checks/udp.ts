/**
 * Checks of UDP: datagrams keep their boundaries, their bytes and their senders, and no peer can
 * stop the server.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, DatagramPeer } from './context.ts';

/** 65,535 minus 20 bytes of IPv4 header and 8 of UDP header. */
const LARGEST_PAYLOAD = 65_507;
const CLIENTS = 50;
const CLOSED_CLIENTS = 3;

const base = { level: 'must', tier: 'quick', topic: 'udp', suites: ['udp-echo'] } as const;

export const udpChecks: readonly Check[] = [
  {
    ...base,
    id: 'udp.echo',
    title: 'sends a datagram back from the socket that received it',
    rule: 'RFC 862; docs/contract.md section 10',
    run: echo,
  },
  {
    ...base,
    id: 'udp.empty',
    title: 'answers an empty datagram with an empty datagram',
    rule: 'docs/contract.md section 10',
    run: empty,
  },
  {
    ...base,
    id: 'udp.max',
    title: `answers the largest datagram, ${LARGEST_PAYLOAD} bytes`,
    rule: 'docs/contract.md section 10',
    run: largest,
  },
  {
    ...base,
    id: 'udp.boundaries',
    title: 'answers each datagram with one datagram',
    rule: 'docs/contract.md section 10',
    run: boundaries,
  },
  {
    ...base,
    id: 'udp.binary',
    title: 'keeps all byte values',
    rule: 'RFC 862',
    run: binary,
  },
  {
    ...base,
    id: 'udp.many-clients',
    title: 'answers every client with its own datagram',
    rule: 'docs/contract.md section 10',
    run: manyClients,
  },
  {
    ...base,
    id: 'udp.unconnected',
    title: 'serves a second client after the first',
    rule: 'docs/contract.md section 10',
    run: unconnected,
  },
  {
    ...base,
    id: 'udp.unreachable',
    title: 'outlives clients whose port is closed when the reply comes',
    rule: 'docs/contract.md section 7',
    run: unreachable,
  },
];

/** Takes the next datagram; it must have these bytes and come from the server's address. */
async function takeEcho(peer: DatagramPeer, payload: Uint8Array, what: string): Promise<void> {
  const { bytes, port } = await peer.receive(what);
  expectBytes(what, bytes, payload);
  if (port === peer.server.port) return;
  throw new CheckFailure({
    expected: `${what} from port ${peer.server.port}, to which it was sent`,
    actual: `it came from port ${port}`,
    cause:
      'the reply was sent through another socket; clients and firewalls drop what comes from a port that nobody spoke to',
    hint: 'sendto() on the socket that received the datagram',
  });
}

async function ask(peer: DatagramPeer, payload: Uint8Array, what: string): Promise<void> {
  await peer.send(payload);
  await takeEcho(peer, payload, what);
}

async function echo(context: CheckContext): Promise<void> {
  const peer = await context.datagrams();
  await advise(
    {
      cause: 'no reply, or not the bytes that were sent',
      hint: 'recvfrom() gives the sender: sendto() the same bytes there',
    },
    async () => {
      for (const size of [1, 32, 1000]) {
        context.step(`send a datagram of ${size} bytes`);
        await ask(peer, context.random.digits(size), `the echo of ${size} bytes`);
      }
    },
  );
}

async function empty(context: CheckContext): Promise<void> {
  const peer = await context.datagrams();
  context.step('send an empty datagram, then one of 5 bytes');
  await advise(
    {
      cause: 'an empty datagram is legal and is no end: UDP has no EOF',
      hint: 'recvfrom() == 0 is a datagram without bytes; answer it like any other',
    },
    async () => {
      await peer.send(Buffer.alloc(0));
      await peer.send('after');
      await takeEcho(peer, Buffer.alloc(0), 'the empty echo');
      await takeEcho(peer, Buffer.from('after'), 'the echo of 5 bytes');
    },
  );
}

async function largest(context: CheckContext): Promise<void> {
  const peer = await context.datagrams();
  context.step(`send a datagram of ${LARGEST_PAYLOAD} bytes`);
  await advise(
    {
      cause:
        'the buffer for receiving is too small: the kernel cuts off the rest of a datagram, without an error',
      hint: `room for ${LARGEST_PAYLOAD} bytes; with IP fragmentation a datagram is not limited to one Ethernet frame`,
    },
    () => ask(peer, context.random.digits(LARGEST_PAYLOAD), `the echo of ${LARGEST_PAYLOAD} bytes`),
  );
}

async function boundaries(context: CheckContext): Promise<void> {
  const payloads = [10, 20, 30].map((size) => context.random.digits(size));
  const peer = await context.datagrams();
  context.step('stop the server (SIGSTOP), send datagrams of 10, 20 and 30 bytes, and let it go on');
  await context.freeze();
  for (const payload of payloads) await peer.send(payload);
  context.thaw();
  await advise(
    {
      cause: 'datagrams were joined or cut: UDP is no stream',
      hint: 'one receive is one datagram is one reply; collect nothing',
    },
    async () => {
      for (const [i, payload] of payloads.entries())
        await takeEcho(peer, payload, `echo ${i + 1} of 3, ${payload.length} bytes`);
    },
  );
}

async function binary(context: CheckContext): Promise<void> {
  const vectors = {
    'all byte values, 00 to ff': Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    'NUL in the middle': Buffer.from('6162006364', 'hex'),
    'bytes that are not UTF-8': Buffer.from('c328a0a1e28228f0288cbcfffe', 'hex'),
  };
  const peer = await context.datagrams();
  for (const [name, payload] of Object.entries(vectors)) {
    context.step(`send ${name}`);
    await advise(
      { cause: 'the bytes were treated as text', hint: 'carry the length; no strlen(), no toString()' },
      () => ask(peer, payload, `the echo of ${name}`),
    );
  }
}

async function manyClients(context: CheckContext): Promise<void> {
  context.step(
    `${CLIENTS} clients send one datagram each while the server is stopped (SIGSTOP); it finds all at once`,
  );
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, i) => ({
      payload: Buffer.from(`client ${i + 1} ${context.random.digits(16)}`),
      peer: await context.datagrams(),
    })),
  );
  await context.freeze();
  for (const { peer, payload } of clients) await peer.send(payload);
  context.thaw();
  for (const [i, { peer, payload }] of clients.entries()) {
    await advise(
      {
        cause: `client ${i + 1} got no reply, or that of another client`,
        hint: 'each datagram has a sender of its own: no global or static address, and with recvmmsg() one address for each message',
      },
      () => takeEcho(peer, payload, `the reply to client ${i + 1} of ${CLIENTS}`),
    );
  }
}

async function unconnected(context: CheckContext): Promise<void> {
  const [a, b] = [await context.datagrams(), await context.datagrams()];
  context.step('client A, then client B, then A again');
  await ask(a, Buffer.from('from A'), 'the reply to client A');
  await advise(
    {
      cause: 'the socket of the server belongs to client A now: the kernel drops datagrams of anybody else',
      hint: 'no connect() on the socket of a server; sendto() needs none',
    },
    async () => {
      await ask(b, Buffer.from('from B'), 'the reply to client B');
      await ask(a, Buffer.from('from A again'), 'the second reply to client A');
    },
  );
}

async function unreachable(context: CheckContext): Promise<void> {
  await context.stillServes();
  for (let i = 1; i <= CLOSED_CLIENTS; i++) {
    context.step(`client ${i} sends a datagram and closes its socket before the server answers`);
    await context.freeze();
    const peer = await context.datagrams();
    await peer.send(`client ${i}`);
    await peer.close();
    context.thaw();
    await context.datagramsConsumed();
  }
  context.step('a new client must still be served');
  await advise(
    {
      cause:
        'the ICMP message "port unreachable" came back as an error (ECONNREFUSED) of the next call, and that was taken for the end',
      hint: 'an error of one datagram says nothing about the socket: log it and go on',
    },
    async () => {
      await context.stillServes();
      await context.stillServes();
    },
  );
}
