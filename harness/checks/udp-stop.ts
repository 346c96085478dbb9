/**
 * Checks of the end of a UDP server: it owes what has arrived, says what it has done, and goes.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Exit, Server } from './context.ts';
import { ask, takeEcho, udpBase } from './udp-exchange.ts';

const EXCHANGES = 5;

export const datagramStopChecks: readonly Check[] = [
  {
    ...udpBase,
    id: 'udp.term',
    title: 'exits 0 at SIGTERM while it waits for datagrams',
    rule: 'docs/contract.md section 4',
    why: 'A UDP server spends its life in a receive call that may never return. If the signal only sets a flag, it is seen after the next datagram, which on a quiet night comes after the SIGKILL.',
    how: 'SIGTERM is sent to a server that has answered a client and sleeps in its receive call. Nothing else is sent to it. It must exit with code 0.',
    run: term,
  },
  {
    ...udpBase,
    id: 'udp.drain',
    title: 'answers what had arrived when SIGTERM came',
    rule: 'docs/contract.md section 4',
    why: 'Each restart of a service happens under load. What lies in the socket was accepted by the machine, and its sender waits; one more receive call costs nothing.',
    how: 'The server is stopped (SIGSTOP). A datagram is sent to it, then SIGTERM, and then it goes on. The datagram must be answered, and the server exit with code 0.',
    run: drain,
  },
  {
    ...udpBase,
    level: 'should',
    id: 'udp.counts',
    title: 'says in its last log line how many datagrams it received, sent and failed to send',
    rule: 'docs/contract.md section 10',
    why: 'UDP loses datagrams, and the question after each incident is where. With the counts of the server and the drops of the kernel, sent = received + dropped can be checked; without, everybody suspects the network.',
    how: 'Five datagrams are exchanged, then SIGTERM is sent. The last line on stderr must be event=exit with received=5 sent=5 failed=0.',
    run: counts,
  },
  {
    ...udpBase,
    level: 'should',
    id: 'udp.failed-counts',
    title: 'counts the replies that it could not or would not send',
    rule: 'docs/contract.md section 10',
    needs: ['arena', 'native'],
    why: 'A reply that fails leaves no other trace: its client sees a timeout like any other. sent + failed = received says that the server lost nothing without knowing it.',
    how: 'Datagrams come in whose sender has no route (ENETUNREACH), is a broadcast address (EACCES), has port 0, or is the server itself, and one of a client. After SIGTERM the last line on stderr must end with received=5 sent=1 failed=4.',
    run: failedCounts,
  },
];

/** Senders that get no reply: two the kernel refuses, two the contract forbids. */
function unanswerable({ host, port }: Server): readonly { host: string; port: number }[] {
  return [
    { host: '10.99.99.99', port: 4000 },
    { host: '255.255.255.255', port: 4000 },
    { host: '127.0.0.1', port: 0 },
    { host, port },
  ];
}

function expectExitZero({ code, signal }: Exit, hint: string): void {
  if (code === 0) return;
  throw new CheckFailure({
    expected: 'exit code 0',
    actual: signal ? `ended by ${signal}` : `exit code ${code}`,
    cause: 'SIGTERM is an order to stop, not a failure',
    hint,
  });
}

async function term(context: CheckContext): Promise<void> {
  await context.stillServes();
  context.step('wait until the server sleeps, then send SIGTERM, and no datagram any more');
  await context.asleep();
  context.server.signal('SIGTERM');
  const hint =
    'wait for the signal and the socket together (signalfd and poll, or no SA_RESTART and a look at EINTR)';
  const exit = await advise(
    { cause: 'the signal only set a flag, and the server went on waiting in its receive call', hint },
    () => context.within('the server to exit', context.server.exited),
  );
  expectExitZero(exit, hint);
}

async function drain(context: CheckContext): Promise<void> {
  await context.stillServes();
  const peer = await context.datagrams();
  const payload = context.random.digits(24);
  context.step('stop the server (SIGSTOP), send a datagram, send SIGTERM, and let it go on');
  await context.freeze();
  await peer.send(payload);
  context.server.signal('SIGTERM');
  context.thaw();
  const hint = 'at the signal: one more non-blocking receive, answer what it gives, then exit 0';
  await advise({ cause: 'the datagram was in the socket, and the server left without looking', hint }, () =>
    takeEcho(peer, payload, 'the echo of the datagram that came before SIGTERM'),
  );
  expectExitZero(await context.within('the server to exit', context.server.exited), hint);
}

async function counts(context: CheckContext): Promise<void> {
  const peer = await context.datagrams();
  context.step(`exchange ${EXCHANGES} datagrams, then send SIGTERM`);
  for (let i = 1; i <= EXCHANGES; i++)
    await ask(peer, Buffer.from(`datagram ${i}`), `echo ${i} of ${EXCHANGES}`);
  await expectLastLine(context, `received=${EXCHANGES} sent=${EXCHANGES} failed=0`);
}

async function failedCounts(context: CheckContext): Promise<void> {
  const senders = unanswerable(context.server);
  for (const sender of senders) {
    context.step(`a datagram comes that names ${sender.host} port ${sender.port} as its sender`);
    context.forgeDatagram(sender, 'no reply to this');
  }
  context.step('a client exchanges a datagram; then send SIGTERM');
  await advise(
    {
      cause: 'one of these datagrams ended the server, or keeps it busy',
      hint: 'udp.send-error, udp.source-port-0 and udp.no-loop try them one at a time',
    },
    async () =>
      ask(await context.datagrams(), Buffer.from('an honest client'), 'the echo of a small datagram'),
  );
  await expectLastLine(context, `received=${senders.length + 1} sent=1 failed=${senders.length}`);
}

async function expectLastLine(context: CheckContext, expected: string): Promise<void> {
  context.server.signal('SIGTERM');
  await context.within('the server to exit', context.server.exited);
  const last = context.server.stderr().trimEnd().split('\n').at(-1) ?? '';
  if (/^event=exit /.test(last) && last.endsWith(` ${expected}`)) return;
  throw new CheckFailure({
    expected: `a last line on stderr that begins with event=exit and ends with ${expected}`,
    actual: last === '' ? 'nothing on stderr' : last,
    cause: 'the counts are missing, or count something else',
    hint: 'count each receive, each send and each failed send, and print the three in the line of the exit',
  });
}
