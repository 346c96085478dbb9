/**
 * Checks of who is answered: each client its own datagrams, over IPv4 and IPv6, from the address that it spoke to.
 */
import { advise } from './advice.ts';
import { type Check, Noted } from './check.ts';
import type { CheckContext } from './context.ts';
import { needIpv6 } from './ipv6.ts';
import { ask, takeEcho, udpBase } from './udp-exchange.ts';

const CLIENTS = 50;
/** Another address of the loopback interface than the one that the kernel would choose as a sender. */
const SECOND_ADDRESS = '127.0.0.2';

export const datagramPeerChecks: readonly Check[] = [
  {
    ...udpBase,
    id: 'udp.many-clients',
    title: 'answers every client with its own datagram',
    rule: 'docs/contract.md section 10',
    why: 'One socket serves everybody, and the sender of a datagram is all that tells clients apart. A server that keeps it in a place that the next datagram overwrites sends answers to strangers: a leak of data that shows only under load.',
    how: '50 clients send one datagram each while the server is stopped (SIGSTOP), so that it finds all of them at once. Each must get its own back, and nobody another one.',
    run: manyClients,
  },
  {
    ...udpBase,
    id: 'udp.unconnected',
    title: 'serves a second client after the first',
    rule: 'docs/contract.md section 10',
    why: 'After connect() the kernel drops what anybody else sends to the socket. That is right for a client. A server that does it to save an argument of sendto() works in the demonstration and for nobody after it.',
    how: 'Client A sends a datagram, then client B, then A again. All three must be answered.',
    run: unconnected,
  },
  {
    ...udpBase,
    id: 'udp.connected-client',
    title: 'reaches clients that have called connect()',
    rule: 'RFC 862; docs/contract.md section 10',
    why: 'Most clients connect() their UDP socket: they then learn of ICMP errors, and nobody else can send them forged answers. The kernel gives such a client only what comes from exactly the address and port that it spoke to.',
    how: 'A client connects its socket to the server and sends two datagrams. Both must come back to it.',
    run: connectedClient,
  },
  {
    ...udpBase,
    id: 'udp.ipv6',
    title: 'serves IPv6 clients when it listens on an IPv6 address',
    rule: 'docs/contract.md section 1',
    why: 'An IPv6 address does not fit where an IPv4 one does. A server that keeps the sender in a struct sockaddr_in receives the question and loses the way back; half of the Internet traffic of some providers is IPv6.',
    how: 'A server with --host ::1 gets a datagram from ::1 and must send it back. Where the machine has no IPv6, this is not judged.',
    startsServer: false,
    run: ipv6,
  },
  {
    ...udpBase,
    id: 'udp.dual-stack',
    title: 'serves IPv4 and IPv6 clients when it listens on ::',
    rule: 'docs/contract.md section 1',
    why: 'Whoever binds to :: means every address. Whether that includes IPv4 depends on a setting of the system, unless the server sets IPV6_V6ONLY itself: then it works on the laptop and not in the container.',
    how: 'A server with --host :: gets a datagram over IPv4 (the kernel shows its sender as ::ffff:127.0.0.1) and one over IPv6. Both must come back.',
    startsServer: false,
    run: dualStack,
  },
  {
    ...udpBase,
    level: 'info',
    id: 'udp.multihomed',
    title: 'answers from the address that the client spoke to, when it has several',
    rule: 'RFC 1122 section 4.1.3.5',
    why: 'A machine with several addresses answers, unless told otherwise, from the one that the route prefers. The client asked another and drops the answer. It takes IP_PKTINFO (or one socket for each address) to do it right; Node offers neither for 0.0.0.0, so an answer from another address is noted and not failed.',
    how: 'A server with --host 0.0.0.0 gets a datagram that was sent to 127.0.0.2. The sender of the reply is compared with that.',
    startsServer: false,
    run: multihomed,
  },
];

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
      hint: 'no connect() on the socket of a server: C sendto(), Node send(bytes, port, address) name the peer each time',
    },
    async () => {
      await ask(b, Buffer.from('from B'), 'the reply to client B');
      await ask(a, Buffer.from('from A again'), 'the second reply to client A');
    },
  );
}

async function connectedClient(context: CheckContext): Promise<void> {
  const peer = await context.datagrams(context.server, { connected: true });
  context.step('a client that has called connect() sends two datagrams');
  await advise(
    {
      cause: 'the reply came from another address or port, so the kernel of the client dropped it',
      hint: 'sendto() on the socket that received the datagram, and only if its bytes are complete',
    },
    async () => {
      await ask(peer, context.random.digits(24), 'the first reply');
      await ask(peer, context.random.digits(24), 'the second reply');
    },
  );
}

async function ipv6(context: CheckContext): Promise<void> {
  needIpv6();
  context.step('start the server with --host ::1, and send a datagram from ::1');
  await advise(
    {
      cause: 'the server does not listen on ::1, or it lost the address of an IPv6 sender',
      hint: 'a struct sockaddr_storage for the sender and its full length in recvfrom(); in Node udp6 for an IPv6 host',
    },
    async () => {
      const server = await context.start({ host: '::1' });
      await ask(await context.datagrams(server), context.random.digits(24), 'the echo over IPv6');
    },
  );
}

async function dualStack(context: CheckContext): Promise<void> {
  needIpv6();
  const server = await context.start({ host: '::' });
  const advice = {
    cause: 'a socket on :: serves IPv4 only if IPV6_V6ONLY is off',
    hint: 'setsockopt(IPV6_V6ONLY, 0) before bind(); in Node createSocket({ type: "udp6", ipv6Only: false })',
  };
  for (const host of ['127.0.0.1', '::1']) {
    context.step(`a client sends a datagram to ${host}`);
    const peer = await context.datagrams(server, { host });
    await advise(advice, () => ask(peer, context.random.digits(24), `the echo by way of ${host}`));
  }
}

async function multihomed(context: CheckContext): Promise<void> {
  const server = await context.start({ host: '0.0.0.0' });
  context.step(`send a datagram to ${SECOND_ADDRESS}`);
  const peer = await context.datagrams(server, { host: SECOND_ADDRESS });
  await peer.send('to the second address');
  const unserved = {
    cause: `the server does not serve ${SECOND_ADDRESS}, though 0.0.0.0 means every address of the machine`,
    hint: 'bind() to INADDR_ANY when --host says 0.0.0.0',
  };
  const { host } = await advise(unserved, () =>
    peer.receive(`the reply to what was sent to ${SECOND_ADDRESS}`),
  );
  if (host === SECOND_ADDRESS) return;
  throw new Noted({
    expected: `the reply to come from ${SECOND_ADDRESS}, to which the datagram was sent`,
    actual: `it came from ${host}`,
    cause: 'the kernel chose the sender of the reply by its route: nobody told it which address was asked',
    hint: 'IP_PKTINFO with recvmsg() and sendmsg(), or one socket for each address of the machine',
  });
}
