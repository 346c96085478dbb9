/**
 * Checks of what goes wrong around a UDP server: clients that are gone, senders that cannot be answered or do not
 * exist, and more datagrams than fit. None of it may end the server or cost it anything for long.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, DatagramPeer } from './context.ts';
import { takeEcho, udpBase } from './udp-exchange.ts';

const CLOSED_CLIENTS = 3;
/** Senders to which the kernel refuses to send: no route (ENETUNREACH), and a broadcast (EACCES). */
const UNANSWERABLE = ['10.99.99.99', '255.255.255.255'];
const SOME_PORT = 4000;
const BURST = 3000;
const BURST_BYTES = 100;
const ROUND = 50;
const ROUNDS = 200;
/** A server may open something once (a log, a resolver); a leak opens one for each datagram. */
const SPARE_DESCRIPTORS = 5;

export const datagramTroubleChecks: readonly Check[] = [
  {
    ...udpBase,
    id: 'udp.unreachable',
    title: 'outlives clients whose port is closed when the reply comes',
    rule: 'docs/contract.md section 7',
    why: 'Clients give up before the answer comes, all day long. The ICMP message about it comes back as ECONNREFUSED from a later call that has nothing to do with it; who takes that for the end of the socket is stopped by any impatient client.',
    how: 'Three clients send a datagram while the server is stopped (SIGSTOP) and close their sockets before it goes on. A new client must then be served twice.',
    run: unreachable,
  },
  {
    ...udpBase,
    id: 'udp.send-error',
    title: 'goes on when a reply cannot be sent',
    rule: 'docs/contract.md section 10',
    needs: ['arena', 'native'],
    why: 'sendto() fails for reasons of the moment and of one peer: a route is gone, a firewall refuses, buffers are full. The sender of a datagram is whatever it says, so anybody can choose an address to which sending fails.',
    how: 'Datagrams with made-up senders come in, to which the kernel refuses to send (ENETUNREACH, EACCES). A client must be served afterwards. Only in the arena: making up a sender needs a right that users lack.',
    run: sendError,
  },
  {
    ...udpBase,
    id: 'udp.source-port-0',
    title: 'outlives a datagram whose sender has port 0',
    rule: 'docs/contract.md section 10',
    needs: ['arena', 'native'],
    why: 'RFC 768 allows a source port of 0: "no reply wanted". Kernels deliver such a datagram, but nothing can be sent to port 0: C gets EINVAL, and Node throws a RangeError out of send(), which ends the process. One forged packet is enough.',
    how: 'A datagram with source port 0 comes in. A client must be served afterwards. Only in the arena: making up a sender needs a right that users lack.',
    run: sourcePortZero,
  },
  {
    ...udpBase,
    level: 'should',
    id: 'udp.no-loop',
    title: 'does not answer a datagram that names the server itself as its sender',
    rule: 'docs/contract.md section 10',
    needs: ['arena', 'native'],
    // Datagrams are counted for the whole arena.
    exclusive: true,
    why: 'Such an answer arrives at the server, which answers it, and so on: one forged packet costs a CPU until the server is restarted. The echo and chargen services of old systems were brought down like this (CERT CA-1996-01), and RFC 862 servers still are.',
    how: 'A datagram with the sender forged to be the server comes in. Two exchanges with a client follow; the counter of the kernel must show these and the forged datagram, and none more.',
    run: noLoop,
  },
  {
    ...udpBase,
    tier: 'scaled',
    id: 'udp.burst',
    title: 'answers every datagram of a burst that the kernel kept for it',
    rule: 'docs/contract.md section 10',
    why: 'Datagrams come in bursts, and the receive buffer of the socket is the only queue there is. What does not fit is dropped by the kernel, and counted. What did fit was delivered: a server that loses it on its own, in a queue of fixed length or a table of workers, loses without a trace.',
    how: 'Datagrams are sent (3,000, in the quick tier 300) while the server is stopped (SIGSTOP); it finds what its buffer held. Every one that the kernel did not count as dropped must be answered once, with its own bytes, and a client must be served afterwards.',
    run: burst,
  },
  {
    ...udpBase,
    tier: 'scaled',
    id: 'udp.fds',
    title: 'keeps no descriptor for a datagram',
    rule: 'docs/contract.md section 7',
    why: 'UDP has no close: whatever a server opens for one datagram, nobody will tell it to close again. After a thousand datagrams the table is full, and a server that has run for weeks stops at the worst moment.',
    how: 'A client exchanges datagrams in rounds of 50 (10,000 in all, in the quick tier 1,000). The number of open descriptors of the server must be the same afterwards, give or take 5.',
    run: descriptors,
  },
];

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

async function sendError(context: CheckContext): Promise<void> {
  await context.stillServes();
  for (const host of UNANSWERABLE) {
    context.step(`a datagram comes that names ${host} port ${SOME_PORT} as its sender; sending there fails`);
    context.forgeDatagram({ host, port: SOME_PORT }, 'nobody can answer this');
  }
  await servesAfterwards(context, {
    cause: 'the error of one sendto() ended the server, or its loop',
    hint: 'a reply that cannot be sent is counted, logged and forgotten: no exit(), no throw in the callback of send()',
  });
}

async function sourcePortZero(context: CheckContext): Promise<void> {
  await context.stillServes();
  context.step('a datagram comes whose source port is 0');
  context.forgeDatagram({ host: '127.0.0.1', port: 0 }, 'no reply wanted');
  await servesAfterwards(context, {
    cause: 'a reply to port 0 was tried, and its error ended the server',
    hint: 'look at the port of the sender first; in Node send() throws ERR_SOCKET_BAD_PORT for 0, past any callback',
  });
}

async function servesAfterwards(
  context: CheckContext,
  advice: { cause: string; hint: string },
): Promise<void> {
  context.step('a client must still be served');
  await advise(advice, async () => {
    await context.stillServes();
    await context.stillServes();
  });
}

async function noLoop(context: CheckContext): Promise<void> {
  await context.stillServes();
  const before = await datagramsIn(context);
  const { host, port } = context.server;
  context.step(`a datagram comes that names the server itself, ${host}:${port}, as its sender`);
  context.forgeDatagram({ host, port }, 'an echo of an echo');
  context.step('a client exchanges a datagram, twice: a reply of the server to itself would come in before');
  await context.stillServes();
  await context.stillServes();
  // The forged one, and two exchanges with a datagram in each direction.
  const expected = 1 + 2 * 2;
  const came = (await datagramsIn(context)) - before;
  if (came === expected) return;
  throw new CheckFailure({
    expected: `${expected} datagrams received in this network namespace`,
    actual: `${came}`,
    cause: 'the server answers itself, receives that, and answers again, for ever',
    hint: 'drop a datagram whose sender is your own address and port (getsockname()); count and log it',
  });
}

async function datagramsIn(context: CheckContext): Promise<number> {
  return (await context.counters()).get('Udp.InDatagrams') ?? 0;
}

async function burst(context: CheckContext): Promise<void> {
  const count = context.scaled(BURST);
  const peer = await context.datagrams();
  const payloads = Array.from({ length: count }, (_, i) => numbered(context, i));
  context.step(
    `stop the server (SIGSTOP), send ${count} datagrams of ${BURST_BYTES} bytes, and let it go on`,
  );
  await context.freeze();
  for (const payload of payloads) await peer.send(payload);
  context.thaw();
  const lost = { cause: 'the server did not outlive the burst', hint: 'what does it keep for a datagram?' };
  await advise(lost, () => allAnswered(context, peer));
  await expectAccount(context, peer, payloads);
  context.step('a client must still be served');
  await advise(lost, () => context.stillServes());
}

function numbered(context: CheckContext, index: number): Buffer {
  return Buffer.concat([Buffer.from(`${index} `), context.random.digits(BURST_BYTES)]).subarray(
    0,
    BURST_BYTES,
  );
}

/** Until the server has read everything and sleeps, and the client has read everything too. */
async function allAnswered(context: CheckContext, peer: DatagramPeer): Promise<void> {
  await context.datagramsConsumed();
  await context.asleep();
  await context.until(
    'the client to read every reply',
    () => context.datagramQueue(peer.localPort).waiting === 0,
  );
}

/** Sent = answered + dropped at one of the two sockets; each reply is one of those sent, and comes once. */
async function expectAccount(
  context: CheckContext,
  peer: DatagramPeer,
  payloads: readonly Buffer[],
): Promise<void> {
  const droppedThere = context.datagramQueue(context.server.port).dropped;
  const droppedHere = context.datagramQueue(peer.localPort).dropped;
  const replies = peer.buffered();
  const unanswered = new Set(payloads.map((payload) => payload.toString('latin1')));
  for (let i = 0; i < replies; i++) {
    const { bytes } = await peer.receive();
    if (unanswered.delete(bytes.toString('latin1'))) continue;
    throw new CheckFailure({
      expected: 'each reply to be one of the datagrams that were sent, and to come once',
      actual: `reply ${i + 1} of ${replies}, ${bytes.length} bytes, is none of them, or came twice`,
      cause: 'a buffer was used for the next datagram before its reply was sent',
      hint: 'the bytes belong to the reply until the send is complete',
    });
  }
  const account = `${payloads.length} sent, ${droppedThere} dropped at the server's full socket`;
  const expected = payloads.length - droppedThere - droppedHere;
  if (replies === expected) return;
  throw new CheckFailure({
    expected: 'a reply to every datagram that the kernel kept',
    actual: `${replies} replies to ${expected}: ${account}`,
    cause: 'the server read datagrams and lost them: something between receiving and sending was full',
    hint: 'answer before you receive more; a queue of your own needs a rule for what happens when it is full',
  });
}

async function descriptors(context: CheckContext): Promise<void> {
  const peer = await context.datagrams();
  await round(peer, 0);
  const before = (await context.usage()).fds;
  const rounds = context.scaled(ROUNDS);
  context.step(`exchange ${rounds * ROUND} datagrams; the server has ${before} descriptors open`);
  for (let i = 1; i <= rounds; i++) await round(peer, i);
  const after = (await context.usage()).fds;
  if (after <= before + SPARE_DESCRIPTORS) return;
  throw new CheckFailure({
    expected: `as many open descriptors after ${rounds * ROUND} datagrams as before`,
    actual: `${before} before, ${after} after`,
    cause: 'something is opened for each datagram (or for each sender) and never closed',
    hint: 'one socket serves everybody; look for socket(), dup() or createSocket() where a datagram is handled',
  });
}

async function round(peer: DatagramPeer, number: number): Promise<void> {
  const payloads = Array.from({ length: ROUND }, (_, i) => Buffer.from(`round ${number}, datagram ${i}`));
  for (const payload of payloads) await peer.send(payload);
  await advise(
    {
      cause: 'the server stopped answering after many datagrams',
      hint: 'count its open descriptors: ls /proc/PID/fd | wc -l',
    },
    async () => {
      for (const payload of payloads)
        await takeEcho(peer, payload, `the echo of datagram ${number * ROUND + 1} or after`);
    },
  );
}
