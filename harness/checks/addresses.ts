/**
 * Checks of the address that a server listens on: the one that --host names, and no other.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Server } from './context.ts';
import { exchange } from './exchange.ts';
import { needIpv6 } from './ipv6.ts';

const IPV4 = '127.0.0.1';
const IPV6 = '::1';
const PAYLOAD_BYTES = 16;

const base = { tier: 'quick', topic: 'process', suites: SUITES, startsServer: false } as const;

export const addressChecks: readonly Check[] = [
  {
    ...base,
    id: 'bind.dual-stack',
    title: 'serves IPv4 and IPv6 with --host ::',
    rule: 'docs/contract.md section 1',
    level: 'should',
    why: 'A name like "localhost" stands for an IPv4 and an IPv6 address, and each client picks one. A server that listens on one of the two works for half of them, and nobody sees why.',
    how: 'The server is started with --host :: and has to answer one message at 127.0.0.1 and one at ::1.',
    run: dualStack,
  },
  {
    ...base,
    id: 'bind.v6only-explicit',
    title: 'listens on the address of --host alone',
    rule: 'docs/contract.md section 1',
    level: 'should',
    needs: ['native'],
    why: 'Whoever names one address wants only that one to be reachable: a firewall rule or a second server counts on it.',
    how: 'The server is started with --host 127.0.0.1 and with --host ::1. The sockets that its processes hold, as the kernel lists them, must be bound to that address.',
    run: hostAlone,
  },
  {
    ...base,
    id: 'bind.loopback-default',
    title: 'can be reached from this machine only, unless --host says otherwise',
    rule: 'docs/contract.md section 1',
    level: 'must',
    needs: ['native'],
    why: 'A server that somebody tries out at home or in a café must not be open to the whole network. Databases that listened everywhere by default were emptied by strangers.',
    how: 'The server is started without --host. Every socket on which its processes listen, as the kernel lists them, must be bound to a loopback address.',
    run: loopbackByDefault,
  },
];

async function dualStack(context: CheckContext): Promise<void> {
  needIpv6();
  context.step('start the server with --host ::');
  const server = await context.start({ host: '::' });
  for (const host of [IPV6, IPV4]) {
    context.step(`exchange a message with it at ${host}`);
    await advise(
      {
        cause: `the socket does not serve ${host === IPV4 ? 'IPv4' : 'IPv6'}`,
        hint: 'an AF_INET6 socket on :: serves IPv4 too, unless IPV6_V6ONLY is set. C: setsockopt(IPV6_V6ONLY, 0); Node: ipv6Only: false',
      },
      () => exchangeAt(context, server, host),
    );
  }
}

async function exchangeAt(context: CheckContext, server: Server, host: string): Promise<void> {
  const payload = context.random.digits(PAYLOAD_BYTES);
  if (context.suite !== 'udp-echo') {
    await exchange(context, await context.connect(server, { host }), payload);
    return;
  }
  const peer = await context.datagrams(server, { host });
  await peer.send(payload);
  // Over UDP nobody is told that there is no listener: if there is none, no reply need be waited for.
  const listeners = await context.listeners(server);
  if (!listeners.some((listener) => listener.host === '::' || listener.host === host))
    throw new CheckFailure({ expected: `a socket that receives at ${host}`, actual: shown(listeners) });
  const { bytes } = await peer.receive(`the echo of a datagram to ${host}`);
  expectBytes(`the echo of a datagram to ${host}`, bytes, payload);
}

async function hostAlone(context: CheckContext): Promise<void> {
  needIpv6();
  for (const host of [IPV4, IPV6]) {
    context.step(`start the server with --host ${host}, and look where it listens`);
    const server = await context.start({ host });
    const listeners = await context.listeners(server);
    if (listeners.length > 0 && listeners.every((listener) => listener.host === host)) continue;
    throw new CheckFailure({
      expected: `a socket on ${host} and on nothing else`,
      actual: shown(listeners),
      cause: 'the address of --host is not the one that was bound',
      hint: 'give the address to bind() (Node: listen({ host })) as it is; only :: and 0.0.0.0 stand for more than one',
    });
  }
}

async function loopbackByDefault(context: CheckContext): Promise<void> {
  context.step('start the server without --host, and look where it listens');
  const listeners = await context.listeners(await context.start());
  if (listeners.length > 0 && listeners.every(({ host }) => isLoopback(host))) return;
  throw new CheckFailure({
    expected: 'every socket on a loopback address',
    actual: shown(listeners),
    cause: 'without --host the server can be reached by the whole network',
    hint: 'the default is 127.0.0.1. C: INADDR_LOOPBACK, not INADDR_ANY; Node: listen() without a host means ::',
  });
}

function isLoopback(host: string): boolean {
  return host === IPV6 || host.startsWith('127.');
}

function shown(listeners: readonly { host: string; port: number }[]): string {
  if (listeners.length === 0) return 'it listens nowhere';
  return `it listens on ${listeners.map(({ host, port }) => `${host} port ${port}`).join(', and on ')}`;
}
