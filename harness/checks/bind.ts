/**
 * Checks of flags and binding. They start their own servers, because most of these must refuse to start.
 */
import { SUITES } from '../servers.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Flags } from './context.ts';
import {
  EXIT_UNAVAILABLE,
  EXIT_USAGE,
  expectExitCode,
  holdPort,
  outcomeOf,
  refusal,
} from './refused-start.ts';

const BAD_FLAGS: readonly Flags[] = [
  { port: '-1' },
  { port: '65536' },
  { port: '1000000000' },
  { port: 'abc' },
  { port: '' },
  { 'no-such-flag': '1' },
];

const base = { level: 'must', tier: 'quick', topic: 'process', suites: SUITES, startsServer: false } as const;

export const bindChecks: readonly Check[] = [
  {
    ...base,
    id: 'bind.port-0',
    title: 'takes a free port when asked for port 0, so that two can run side by side',
    rule: 'docs/contract.md section 1',
    why: 'Tests and tools start many servers on one machine. With a port that the kernel chooses none of them can collide.',
    how: 'Two servers are started with --port 0; their ready lines must name two ports, and both must answer there.',
    run: portZero,
  },
  {
    ...base,
    id: 'bind.port-busy',
    title: 'exits 69 with one line on stderr when the port is taken',
    rule: 'docs/contract.md section 9',
    why: 'A taken port is the most frequent failure of a start. A server that hangs, takes another port or reports success sends whoever looks for it in the wrong direction.',
    how: 'The harness holds a port and starts the server on it. It has to exit with code 69, and a line of its stderr must name the port and EADDRINUSE.',
    run: portBusy,
  },
  {
    ...base,
    id: 'bind.bad-args',
    title: 'refuses a port that is no port, and an unknown flag, with exit 64',
    rule: 'docs/contract.md section 1',
    why: 'atoi("abc") is 0 and (uint16_t)65536 is 0: a typing error then starts a server on a random port, and the mistake is found days later.',
    how: `The server is started ${BAD_FLAGS.length} times with a wrong flag. Each time it has to exit with code 64 and say why on stderr, before any ready line.`,
    run: badArguments,
  },
  {
    ...base,
    id: 'bind.flag-forms',
    title: 'takes --flag=value as well as --flag value, and the last of a flag that stands there twice',
    rule: 'docs/contract.md section 1',
    why: 'Start scripts are put together from parts: a default in one file, what this machine needs behind it. A flag that is dropped, or whose first value counts, starts a server with limits that nobody asked for.',
    how: 'The harness holds a port. With --port=HELD --port 0 the server must become ready on another one; with --port 0 --port=HELD it must exit with 69.',
    run: flagForms,
  },
  {
    ...base,
    id: 'bind.exclusive',
    title: 'never shares its port with a second server',
    rule: 'docs/contract.md section 8',
    why: 'With SO_REUSEPORT a forgotten old server keeps half of the clients of the new one, and nobody gets an error.',
    how: 'A second server is started on the port of the first. It has to be refused, and the first must still serve.',
    run: exclusive,
  },
];

async function portZero(context: CheckContext): Promise<void> {
  context.step('start two servers with --port 0');
  const advice = {
    cause: 'the port is fixed in the program',
    hint: 'bind the port that --port gives; 0 lets the kernel choose',
  };
  const [first, second] = await advise(
    advice,
    async () => [await context.start({ port: 0 }), await context.start({ port: 0 })] as const,
  );
  if (first.port === second.port) {
    throw new CheckFailure({
      expected: 'two different ports, chosen by the kernel',
      actual: `port ${first.port} twice`,
      ...advice,
    });
  }
  context.step(`talk to both, on ports ${first.port} and ${second.port}`);
  await context.stillServes(first);
  await context.stillServes(second);
}

async function portBusy(context: CheckContext): Promise<void> {
  await using holder = await holdPort(context.suite);
  context.step(`take port ${holder.port}, and start the server with --port ${holder.port}`);
  const launched = context.launch({ port: holder.port });
  const exit = await refusal(context, launched, `exit ${EXIT_UNAVAILABLE}: port ${holder.port} is taken`, {
    cause: 'the error of bind() is not looked at, or another port is taken instead',
    hint: 'a server that cannot listen where it was told to has to say so and exit',
  });
  expectExitCode(exit, EXIT_UNAVAILABLE, `--port ${holder.port}, which is taken`);
  const lines = launched.stderr().split('\n');
  if (lines.some((line) => line.includes(`:${holder.port}`) && line.includes('EADDRINUSE'))) return;
  throw new CheckFailure({
    expected: `a line on stderr with the address (...:${holder.port}) and EADDRINUSE`,
    actual: JSON.stringify(launched.stderr().trim().slice(-200)),
    cause: 'whoever started the server cannot see what was wrong',
    hint: 'print address, port and the name of the error before you exit',
  });
}

async function badArguments(context: CheckContext): Promise<void> {
  context.step('start the server with a wrong flag, six times: it must not become ready');
  const attempts = BAD_FLAGS.map((flags) => ({ flags, launched: context.launch(flags) }));
  for (const { flags, launched } of attempts) {
    const shown = Object.entries(flags)
      .map(([flag, value]) => `--${flag} "${value}"`)
      .join(' ');
    context.step(shown);
    const exit = await refusal(context, launched, `exit ${EXIT_USAGE}: ${shown} is a wrong usage`, {
      cause:
        'the value is converted without a look at what it is: atoi("abc") is 0, and (uint16_t)65536 is 0',
      hint: 'accept digits only, then compare with 0 and 65535 before the value is narrowed',
    });
    expectExitCode(exit, EXIT_USAGE, shown);
    if (launched.stderr().trim() === '') {
      throw new CheckFailure({
        expected: 'one line on stderr that says what is wrong',
        actual: 'nothing',
        cause: `${shown} was refused in silence`,
        hint: 'name the flag, what it takes and what it got',
      });
    }
  }
}

async function flagForms(context: CheckContext): Promise<void> {
  await using holder = await holdPort(context.suite);
  const held = `--port=${holder.port}`;
  const advice = {
    cause: 'a word with = in it is not taken apart, or the first value of a flag is the one that counts',
    hint: 'cut each word at its first =, and let what is read later overwrite what was read before',
  };
  context.step(`take port ${holder.port}, and start the server with ${held} --port 0`);
  const server = await advise(advice, () => context.start({}, { words: [held, '--port', '0'] }));
  await context.stillServes(server);
  context.step(`start the server with --port 0 ${held}`);
  const launched = context.launch({}, { words: ['--port', '0', held] });
  const given = `--port 0 ${held}, which is taken`;
  const exit = await refusal(context, launched, `exit ${EXIT_UNAVAILABLE}: ${given}`, advice);
  expectExitCode(exit, EXIT_UNAVAILABLE, given);
}

async function exclusive(context: CheckContext): Promise<void> {
  const first = await context.start();
  context.step(`start a second server on the port of the first, ${first.port}`);
  const second = context.launch({ port: first.port });
  const outcome = await context.within('the second server to exit', outcomeOf(second));
  if (outcome.port === first.port) {
    throw new CheckFailure({
      expected: `the second server to be refused: port ${first.port} belongs to the first`,
      actual: `both listen on port ${first.port}`,
      cause:
        context.suite === 'udp-echo'
          ? 'SO_REUSEADDR or SO_REUSEPORT lets two UDP sockets bind one port; each datagram reaches only one of them'
          : 'SO_REUSEPORT is set: the kernel gives each connection to one of the two at random',
      hint: 'set SO_REUSEPORT only with --workers, on sockets of one process',
    });
  }
  await context.stillServes(first);
}
