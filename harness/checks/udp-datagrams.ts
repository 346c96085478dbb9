/**
 * Checks of datagrams: each comes back as one, with its boundaries and its bytes, from the empty to the largest.
 *
 * Who sent them is the matter of udp-peers.ts; what goes wrong, of udp-trouble.ts.
 */
import { advise } from './advice.ts';
import type { Check } from './check.ts';
import type { CheckContext } from './context.ts';
import { ask, takeEcho, udpBase } from './udp-exchange.ts';

/** 65,535 minus 20 bytes of IPv4 header and 8 of UDP header. */
const LARGEST_PAYLOAD = 65_507;

export const datagramChecks: readonly Check[] = [
  {
    ...udpBase,
    id: 'udp.echo',
    title: 'sends a datagram back from the socket that received it',
    rule: 'RFC 862; docs/contract.md section 10',
    why: "A client matches a reply to its question by the address that it asked, and so do firewalls and NAT on the way. A reply from another port never reaches anybody, though the server's log says that it was sent.",
    how: 'Datagrams of 1, 32 and 1,000 random bytes are sent one after the other. Each must come back with the same bytes, and from the port it was sent to.',
    run: echo,
  },
  {
    ...udpBase,
    id: 'udp.empty',
    title: 'answers an empty datagram with an empty datagram',
    rule: 'docs/contract.md section 10',
    why: 'An empty datagram is a message, often a keep-alive. Whoever carries recv() == 0 over from TCP, where it means the end, can be switched off by anybody with one packet of 28 bytes.',
    how: 'An empty datagram is sent, then one of 5 bytes. Both must come back, in this order.',
    run: empty,
  },
  {
    ...udpBase,
    id: 'udp.max',
    title: `answers the largest datagram, ${LARGEST_PAYLOAD} bytes`,
    rule: 'docs/contract.md section 10',
    why: 'What does not fit the buffer of a receive is cut off by the kernel without an error, and the rest is gone. A server with a buffer of one Ethernet frame works until the first large message, and then answers with half of it.',
    how: 'One datagram of 65,507 bytes, the most that IPv4 can carry, must come back whole. It is fragmented on a real network; on loopback it is not.',
    run: largest,
  },
  {
    ...udpBase,
    id: 'udp.boundaries',
    title: 'answers each datagram with one datagram',
    rule: 'docs/contract.md section 10',
    why: 'UDP keeps messages apart, so protocols over it (DNS, QUIC, syslog) need no length of their own. A server that joins what has piled up breaks all of them, and only under load.',
    how: 'The server is stopped (SIGSTOP) while three datagrams of different sizes are sent, so that it finds all of them at once. Three datagrams of the same sizes must come back.',
    run: boundaries,
  },
  {
    ...udpBase,
    id: 'udp.binary',
    title: 'keeps all byte values',
    rule: 'RFC 862',
    why: 'Real payloads are binary: DNS names begin with a length, numbers have zero bytes. Text functions stop at NUL or replace what is not UTF-8, silently.',
    how: 'All 256 byte values, a NUL in the middle, and bytes that are no UTF-8 are sent in one datagram each, and must come back unchanged.',
    run: binary,
  },
];

async function echo(context: CheckContext): Promise<void> {
  const peer = await context.datagrams();
  await advise(
    {
      cause: 'no reply, or not the bytes that were sent',
      hint: 'to the sender that came with the bytes. Node: send(bytes, sender.port, sender.address). C: recvfrom() fills it in, sendto() takes it',
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
      cause: 'the empty datagram was not answered: it is a message, and no end, for UDP has no EOF',
      hint: 'recvfrom() == 0, in Node a Buffer of length 0, is a datagram without bytes: answer it like any other, without an if',
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
