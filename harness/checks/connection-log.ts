/**
 * Checks of what a server logs of its connections: when each comes and goes, and how many there are at the end.
 */
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { comeAndGo, crowd } from './crowd.ts';
import { isAbout, logOf } from './log-lines.ts';
import { exitOrRest } from './sigterm.ts';

const OPEN_AT_SIGTERM = 3;

const base = {
  tier: 'quick',
  topic: 'process',
  level: 'should',
  rule: 'docs/contract.md section 3',
  suites: ['tcp-echo', 'framed'],
} as const;

export const connectionLogChecks: readonly Check[] = [
  {
    ...base,
    id: 'obs.connection-log',
    title: 'logs when a connection opens and closes, at --log-level debug and not above',
    flags: { 'log-level': 'debug' },
    why: 'Which clients came, and which are still there, is the first question when something is slow. In normal operation the same lines would be most of the log, at the price of a write for each client.',
    how: 'Two clients exchange a message; one leaves by FIN, the other by RST. When the server has been stopped, its stderr must have event=open and event=close with the address of each. A second server, with the default level, must have neither.',
    run: logsConnections,
  },
  {
    ...base,
    id: 'obs.drain-count',
    title: 'logs at a signal which one it was, and how many connections are open',
    why: 'A deployment that takes long is explained by one line: what stopped the server, and how many clients it had to take leave of.',
    how: `${OPEN_AT_SIGTERM} clients exchange a message and stay, one more has left before. At SIGTERM stderr must have event=drain with signal=SIGTERM and connections=${OPEN_AT_SIGTERM}.`,
    run: countsAtDrain,
  },
];

async function logsConnections(context: CheckContext): Promise<void> {
  context.step('two clients exchange a message; one leaves by FIN, one by RST');
  const left = await context.connect();
  await comeAndGo(context, left);
  const [lost] = (await crowd(context, 1)) as [Peer];
  lost.reset();
  // Asleep: it has seen both of them go.
  await context.asleep();
  const lines = (await logOf(context)).split('\n');
  for (const peer of [left, lost]) {
    for (const event of ['open', 'close']) {
      if (lines.some((line) => isAbout(line, event, peer))) continue;
      throw new CheckFailure({
        expected: `a line on stderr with event=${event} peer=${peer.localHost}:${peer.localPort}, at --log-level debug`,
        actual: `no such line for the client that left by ${peer === left ? 'FIN' : 'RST'}`,
        cause: 'the connection came or went without a word',
        hint: 'a line where the connection is accepted, and one in the single place where every connection ends; keep the address, a socket that was reset has none',
      });
    }
  }
  await staysSilentAbove(context);
}

async function staysSilentAbove(context: CheckContext): Promise<void> {
  context.step('the same with one client and the default level');
  const server = await context.start({});
  await comeAndGo(context, await context.connect(server));
  const lines = (await logOf(context, server)).split('\n');
  const line = lines.find((text) => /^event=(open|close) /.test(text));
  if (line === undefined) return;
  throw new CheckFailure({
    expected: 'no lines about single connections at --log-level info',
    actual: JSON.stringify(line),
    cause: '--log-level is not looked at',
    hint: 'compare the level of a line with that of the flag before anything is put together',
  });
}

async function countsAtDrain(context: CheckContext): Promise<void> {
  context.step(`${OPEN_AT_SIGTERM + 1} clients exchange a message, and one of them leaves`);
  await comeAndGo(context, await context.connect());
  const peers = await crowd(context, OPEN_AT_SIGTERM);
  // Asleep: it has closed its end of the one that left.
  await context.asleep();
  context.step('send SIGTERM; when the server rests, the clients leave');
  context.server.signal('SIGTERM');
  await exitOrRest(context);
  for (const peer of peers) peer.end();
  await exitOrRest(context);
  const lines = context.server.stderr().split('\n');
  const wanted = ['event=drain', 'signal=SIGTERM', `connections=${OPEN_AT_SIGTERM}`];
  const drain = lines.find((line) => line.startsWith('event=drain '));
  if (drain !== undefined && wanted.every((word) => drain.split(' ').includes(word))) return;
  throw new CheckFailure({
    expected: `a line on stderr with ${wanted.join(' ')}`,
    actual: drain === undefined ? 'no line event=drain' : JSON.stringify(drain),
    cause: 'the line is missing, or counts other connections than those that are open',
    hint: 'count up where a connection is accepted, and down in the single place where every connection ends',
  });
}
