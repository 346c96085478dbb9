/**
 * Checks of what a server tells those who run it, and of what it needs from its surroundings: logs, closed pipes, environment.
 */
import { SUITES } from '../servers.ts';
import { type Advice, advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Server } from './context.ts';
import { exchange } from './exchange.ts';
import { ECHO, frame, header, takeError } from './frames.ts';
import { isAbout, logOf } from './log-lines.ts';
import { exitAtSigterm } from './sigterm.ts';

const FRAME_TOO_LARGE = 1;
const HUGE_LENGTH = 0xffff_ffff;
const UNKNOWN_TYPE = 0x6e;
/** Peer bytes that a log may show, as hex digits. */
const MOST_LOGGED_BYTES = 16;
const VIOLATIONS = 200;
const MOST_LINES_PER_SECOND = 10;

const base = { tier: 'quick', topic: 'process' } as const;

export const observabilityChecks: readonly Check[] = [
  {
    ...base,
    id: 'obs.stderr-violation',
    title: 'logs who broke the protocol, and how',
    rule: 'docs/contract.md section 3',
    level: 'should',
    suites: ['framed'],
    why: 'When a client complains about closed connections, the log is the only witness. Without the address and the reason nobody can tell a broken client from a broken server.',
    how: 'A client sends a header that claims 4 GiB. When the server has been stopped, its stderr must have a line event=violation with the address of that client and reason=FRAME_TOO_LARGE.',
    run: logsViolation,
  },
  {
    ...base,
    id: 'obs.violation-limit',
    title: 'logs at most 10 violations a second, and says how many it left out',
    rule: 'docs/contract.md section 3',
    level: 'should',
    suites: ['framed'],
    why: 'What a client can make a server write costs the server more than the client: a line for each of its mistakes fills the disk, and hides the lines that matter.',
    how: `A client sends ${VIOLATIONS} frames of a type that does not exist, and reads the ERROR to each. When the server has been stopped, its stderr may have ${MOST_LINES_PER_SECOND} lines event=violation for each second that has begun. More than a second later comes one frame more: it must be logged, and what was left out before is told by suppressed=N, so that nothing is missing from the sum.`,
    run: limitsViolations,
  },
  {
    ...base,
    id: 'obs.log-injection',
    title: 'never writes the bytes of a client into its log as they are',
    rule: 'docs/contract.md section 3',
    level: 'must',
    suites: SUITES,
    flags: { 'log-level': 'debug' },
    why: 'A client that can write into the log forges entries, hides its own, and sends control sequences to the terminal of whoever reads it. Used as a format string, its bytes can even take over the process.',
    how: 'Clients send line ends, forged log lines, terminal escapes and printf directives wherever the protocol has room for them, also in messages that it forbids, at log level debug. None of it may be found on stderr, not even as more than 16 bytes in hexadecimal.',
    run: logInjection,
  },
  {
    ...base,
    id: 'obs.closed-stdio',
    title: 'goes on when nobody reads its output any more',
    rule: 'docs/contract.md section 3',
    level: 'should',
    suites: SUITES,
    flags: { 'log-level': 'debug' },
    why: 'Log collectors are restarted. The next line that the server writes then meets a closed pipe: SIGPIPE or EPIPE, whose default is the end of the process and of all its clients.',
    how: 'The harness closes its ends of stdout and stderr, and clients do what is logged (connect, break the rules, go away). The server must still serve, and must exit 0 at SIGTERM.',
    run: closedOutput,
  },
  {
    ...base,
    id: 'obs.blocked-stderr',
    title: 'goes on while its log is stuck: what finds no room is dropped',
    rule: 'docs/contract.md section 3',
    level: 'must',
    suites: SUITES,
    startsServer: false,
    why: 'A log collector that hangs stops reading, and the pipe to it fills. A server that waits for room there stands still with all its clients, and nothing in its log says why.',
    how: 'The server starts with a stderr that is a pipe, full and read by nobody, at log level debug. It must become ready, clients do what is logged (connect, break the rules, go away), it must still serve, and must exit 0 at SIGTERM.',
    run: blockedStderr,
  },
  {
    ...base,
    id: 'obs.locale-tz',
    title: 'starts without HOME, locale and time zone in its environment',
    rule: 'docs/contract.md section 2',
    level: 'should',
    suites: SUITES,
    startsServer: false,
    why: 'Service managers and containers start programs with an almost empty environment. What works in a shell and nowhere else is found on the day of the deployment.',
    how: 'The server is started with no variables but PATH and a mark by which the harness finds its processes again, and one message is exchanged.',
    run: bareEnvironment,
  },
];

async function logsViolation(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  context.step(`from port ${peer.localPort} send a header that claims ${HUGE_LENGTH} bytes`);
  peer.write(header(HUGE_LENGTH, ECHO, 7));
  await takeError(peer, FRAME_TOO_LARGE, 7);
  peer.end();
  await peer.ending();
  const lines = (await logOf(context)).split('\n');
  const reason = 'reason=FRAME_TOO_LARGE';
  if (lines.some((line) => isAbout(line, 'violation', peer) && line.includes(reason))) return;
  const violation = lines.find((line) => line.startsWith('event=violation'));
  throw new CheckFailure({
    expected: `a line on stderr with event=violation peer=${peer.localHost}:${peer.localPort} ${reason}`,
    actual: violation === undefined ? 'no line event=violation' : JSON.stringify(violation),
    cause: 'the connection was closed, and whoever runs the server cannot find out whose it was and why',
    hint: 'log each violation with the address that accept() (Node: socket.remoteAddress) gave and the name of the error',
  });
}

async function limitsViolations(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const startedAt = performance.now();
  context.step(`send ${VIOLATIONS} frames of type 0x${UNKNOWN_TYPE.toString(16)}, and read the ERRORs`);
  peer.write(
    Buffer.concat(Array.from({ length: VIOLATIONS }, (_, id) => frame(UNKNOWN_TYPE, id, Buffer.from('x')))),
  );
  for (let id = 0; id < VIOLATIONS; id++) await takeError(peer, 3, id);
  await context.elapse(1000, 'the limit is one of each second: after that it begins anew');
  context.step('send one more, and read the ERROR');
  peer.write(frame(UNKNOWN_TYPE, VIOLATIONS, Buffer.from('x')));
  await takeError(peer, 3, VIOLATIONS);
  const lines = (await logOf(context)).split('\n').filter((line) => line.startsWith('event=violation '));
  const count = lines.length;
  // A second may have begun before the first violation, and the last one need not be over.
  const seconds = 2 + Math.floor((performance.now() - startedAt) / 1000);
  if (count <= MOST_LINES_PER_SECOND * seconds) {
    expectAllCounted(lines);
    return;
  }
  throw new CheckFailure({
    expected: `at most ${MOST_LINES_PER_SECOND} lines event=violation on stderr for each second`,
    actual: `${count} for ${VIOLATIONS} violations`,
    cause: 'each violation writes a line',
    hint: 'count the lines of this second; leave out what is above 10, and say in the next line how many were: suppressed=N',
  });
}

/** Every violation was logged, or is counted in the line after it. */
function expectAllCounted(lines: readonly string[]): void {
  const suppressed = lines.map((line) => Number(/ suppressed=([0-9]+)/.exec(line)?.[1] ?? 0));
  const leftOut = suppressed.reduce((sum, count) => sum + count, 0);
  if (lines.length + leftOut === VIOLATIONS + 1) return;
  throw new CheckFailure({
    expected: `${VIOLATIONS + 1} violations on stderr: those that have a line, and those that a later line counts as suppressed=N`,
    actual: `${lines.length} lines, and ${leftOut} counted as suppressed`,
    cause: 'what the limit left out is not told, or the limit does not end with its second',
    hint: 'count what is left out; when a line is printed again, add suppressed=N to it and begin at 0',
  });
}

/** What no log may contain: it names the payloads, so that nothing else can look like it. */
interface Injection {
  nonce: string;
  payload: Buffer;
}

function injection(context: CheckContext): Injection {
  const nonce = `forged-${context.random.digits(MOST_LOGGED_BYTES).toString()}`;
  const text = `\nevent=exit code=0 reason=${nonce}\r\n\u001b[2J%n%s%x ${nonce}`;
  return { nonce, payload: Buffer.from(text) };
}

async function logInjection(context: CheckContext): Promise<void> {
  const forged = injection(context);
  context.step(
    'send line ends, escapes, printf directives and a forged log line, in every way that the protocol has',
  );
  await advise(
    {
      cause: 'the server did not survive it',
      hint: 'never use the bytes of a client as a format: printf("%s", text)',
    },
    () => sendEverywhere(context, forged.payload),
  );
  const log = await logOf(context);
  const longHex = forged.payload.subarray(0, MOST_LOGGED_BYTES + 1).toString('hex');
  const found = log.includes(forged.nonce)
    ? `the text of a client, ${JSON.stringify(lineWith(log, forged.nonce))}`
    : log.includes('\u001b')
      ? 'an escape sequence of a client'
      : log.toLowerCase().includes(longHex)
        ? `more than ${MOST_LOGGED_BYTES} bytes of a client in hexadecimal`
        : undefined;
  if (found === undefined) return;
  throw new CheckFailure({
    expected: `no bytes of a client on stderr, but for at most ${MOST_LOGGED_BYTES} in hexadecimal`,
    actual: found,
    cause: 'the log line was made from what a client had sent',
    hint: 'log lengths and names of errors; where the bytes themselves help, a few of them as hex digits',
  });
}

function lineWith(log: string, text: string): string | undefined {
  return log.split('\n').find((line) => line.includes(text));
}

/** Legal and illegal messages that carry the payload. */
async function sendEverywhere(context: CheckContext, payload: Buffer): Promise<void> {
  if (context.suite === 'udp-echo') {
    const peer = await context.datagrams();
    await peer.send(payload);
    await peer.receive('the echo of a datagram');
    return;
  }
  const peer = await context.connect();
  await exchange(context, peer, payload);
  if (context.suite === 'framed') await violate(context, payload);
  peer.reset();
  await context.stillServes();
}

async function violate(context: CheckContext, payload: Buffer, server?: Server): Promise<void> {
  const messages = [
    frame(UNKNOWN_TYPE, 0x2573, payload),
    frame(ECHO, 1, payload).subarray(0, -1),
    // The first bytes of the text taken for a header: its length is far too large.
    payload,
  ];
  for (const message of messages) {
    const peer = await context.connect(server);
    peer.write(message);
    peer.end();
    await peer.ending();
  }
}

async function closedOutput(context: CheckContext): Promise<void> {
  await context.stillServes();
  context.step('close the reading ends of stdout and stderr, and let clients do what is logged');
  const { server } = context;
  server.closeOutput();
  const advice = {
    cause: 'writing to a log that nobody reads ended the server',
    hint: "C: ignore SIGPIPE, and ignore a failed write to stderr. Node: an 'error' listener on process.stderr",
  };
  await advise(advice, async () => {
    if (context.suite === 'framed') await violate(context, Buffer.alloc(16, 0xff));
    else await context.stillServes();
    await context.stillServes();
  });
  await expectOrderlyExit(context, server, advice);
}

async function blockedStderr(context: CheckContext): Promise<void> {
  const advice = {
    cause: 'the server waits until somebody reads its log',
    hint: 'C: ask poll() for room before each line, or open /proc/self/fd/2 again with O_NONBLOCK. Node: drop lines while process.stderr.writableLength is large',
  };
  context.step('start the server with a full pipe for its stderr, which nobody reads');
  const server = await advise(advice, async () => {
    const started = await context.start({ 'log-level': 'debug' }, { fullStderr: true });
    context.step('let clients do what is logged');
    if (context.suite === 'framed') await violate(context, Buffer.alloc(16, 0xff), started);
    await context.stillServes(started);
    await context.stillServes(started);
    return started;
  });
  await expectOrderlyExit(context, server, advice);
}

/** What SIGTERM does is the business of stop.term-idle; here only the log must not be the reason. */
async function expectOrderlyExit(context: CheckContext, server: Server, advice: Advice): Promise<void> {
  const exit = await exitAtSigterm(context, server);
  if (exit === undefined || exit.code === 0 || exit.signal === 'SIGTERM') return;
  const { code, signal } = exit;
  throw new CheckFailure({
    expected: 'exit code 0 at SIGTERM',
    actual: signal ? `ended by ${signal}` : `exit code ${code}`,
    ...advice,
  });
}

async function bareEnvironment(context: CheckContext): Promise<void> {
  context.step('start the server without HOME, LANG, TZ and all other variables but PATH');
  const server = await advise(
    {
      cause: 'the server takes for granted that a variable is set (HOME, USER, LANG, TZ ...)',
      hint: 'getenv() may return NULL, process.env.HOME may be undefined: have a default, or do without',
    },
    () => context.start({}, { bareEnvironment: true }),
  );
  await context.stillServes(server);
}
