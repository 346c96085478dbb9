/**
 * Checks that judge how every server of a run ended: its whole stdout, its stderr, and what it left behind.
 *
 * The executor applies them to the servers of all other checks. Run alone, each starts one server, speaks
 * with it once and stops it.
 */
import { SUITES } from '../servers.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, ServerEnd } from './context.ts';

const SANITIZER_EXIT_CODE = 97;
const SANITIZER_LINE = /Sanitizer|runtime error/;

export const teardownChecks: readonly Check[] = [
  {
    id: 'obs.stdout-clean',
    title: 'prints the ready line on stdout and nothing else, ever',
    rule: 'docs/contract.md section 2',
    level: 'must',
    tier: 'quick',
    topic: 'process',
    suites: SUITES,
    why: 'stdout belongs to the program that started the server and reads the ready line there. A log line on it breaks that program, or blocks the server when nobody reads on.',
    how: 'The whole stdout of every server of the run is looked at when it has ended.',
    run: speakOnce,
    atTeardown: expectCleanStdout,
  },
  {
    id: 'obs.no-sanitizer',
    title: 'gives the sanitizers nothing to report',
    rule: 'docs/contract.md section 7',
    level: 'must',
    tier: 'quick',
    topic: 'process',
    suites: SUITES,
    why: 'A memory error in C often goes unnoticed: the server answers rightly, until an attacker finds the input that makes it do something else.',
    how: 'The stderr and the exit code of every server of the run are looked at. Only a build with AddressSanitizer and UndefinedBehaviorSanitizer can fail this; other builds pass as long as they print no such line.',
    run: speakOnce,
    atTeardown: expectNoSanitizerReport,
  },
  {
    id: 'stop.no-orphans',
    title: 'leaves no process behind when it ends',
    rule: 'docs/contract.md section 4',
    level: 'must',
    tier: 'quick',
    topic: 'shutdown',
    suites: SUITES,
    why: 'A child that outlives its server holds ports, locks and memory, and nobody knows any more whose it is.',
    how: 'When a server of the run has exited by itself, no process of its session may be left. A moment to end is given.',
    run: speakOnce,
    atTeardown: expectNoOrphans,
  },
];

async function speakOnce(context: CheckContext): Promise<void> {
  context.step('exchange one message and stop the server');
  await context.stillServes();
}

function expectCleanStdout({ stdout, checkId }: ServerEnd): void {
  const firstLineEnd = stdout.indexOf('\n') + 1;
  // Without a line end it never became ready, which other checks judge.
  if (firstLineEnd === 0 || firstLineEnd === stdout.length) return;
  const surplus = stdout.slice(firstLineEnd, firstLineEnd + 200).split('\n')[0] ?? '';
  const isReadyAgain = surplus !== '' && stdout.startsWith(surplus);
  throw new CheckFailure({
    expected: 'only the ready line on stdout',
    actual: `more after it: ${JSON.stringify(surplus)} (in ${checkId})`,
    cause: isReadyAgain
      ? 'the ready line was printed twice: by each worker, or by parent and child (what stands in a buffer at fork() is written by both)'
      : 'stdout is for the program that started the server; something was logged there',
    hint: isReadyAgain ? 'print it once, when all workers listen, and flush before fork()' : 'log to stderr',
  });
}

function expectNoSanitizerReport({ stderr, exit, checkId }: ServerEnd): void {
  const line = stderr.split('\n').find((candidate) => SANITIZER_LINE.test(candidate));
  if (line === undefined && exit.code !== SANITIZER_EXIT_CODE) return;
  throw new CheckFailure({
    expected: 'no report of a sanitizer on stderr',
    actual: `${line ? JSON.stringify(line.trim()) : `exit code ${SANITIZER_EXIT_CODE}`} (in ${checkId})`,
    cause: 'a memory error or undefined behaviour in the C code',
    hint: 'the lines after it on stderr name the file and the line',
  });
}

function expectNoOrphans({ leftBehind, checkId }: ServerEnd): void {
  if (leftBehind.length === 0) return;
  throw new CheckFailure({
    expected: 'no process of the server left after it had ended',
    actual: `${leftBehind.length} still ran: pid ${leftBehind.join(', ')} (in ${checkId})`,
    cause: 'a child process outlives the one that was asked to stop, or the server went into the background',
    hint: 'end the children and wait for them before you exit; stay in the foreground: no daemon(), no second fork()',
  });
}
