/**
 * The check of the ranges of all numeric flags: both ends are taken, and the next number beyond each is refused.
 *
 * What is no number at all, and unknown flags, are tried by bind.bad-args.
 */
import { SUITES } from '../servers.ts';
import { MIB } from '../units.ts';
import { type Check, CheckFailure, type Suite } from './check.ts';
import type { CheckContext, Flags, Launched } from './context.ts';
import {
  EXIT_UNAVAILABLE,
  EXIT_USAGE,
  expectExitCode,
  holdPort,
  outcomeOf,
  refusal,
} from './refused-start.ts';
import { NEVER_MS } from './server-flags.ts';

/** Programs that start side by side: enough for two CPUs, too few to hold up the checks that run beside this one. */
const AT_ONCE = 4;

type Range = readonly [flag: string, least: number, most: number];

const RANGES: readonly Range[] = [
  ['port', 0, 65_535],
  ['backlog', 1, 65_535],
  ['max-connections', 1, 1_000_000],
  ['idle-timeout-ms', 1, NEVER_MS],
  ['drain-timeout-ms', 0, NEVER_MS],
  ['linger-ms', 0, NEVER_MS],
  ['max-pending-bytes', 4096, 1024 * MIB],
  ['workers', 1, 64],
];
const FRAMED_RANGES: readonly Range[] = [
  ['max-frame-size', 256, 1024 * MIB],
  ['frame-timeout-ms', 1, NEVER_MS],
];

const ADVICE = {
  cause: 'the value is not compared with both ends of its range, or the comparison is off by one',
  hint: 'have one table with the least and the most of each flag (docs/contract.md section 1), and compare before the value is narrowed, multiplied or put into a timer',
};

export const flagRangeChecks: readonly Check[] = [
  {
    id: 'bind.flag-ranges',
    title: 'takes every number of the range of a flag, and refuses the next one with exit 64 and one line',
    rule: 'docs/contract.md section 1',
    level: 'must',
    tier: 'quick',
    topic: 'process',
    suites: SUITES,
    startsServer: false,
    why: 'A limit of 0 or of far too much is a limit that is not there: no connection is taken, a timer of 25 days fires at once, and a server that starts with it looks healthy. The place to say so is the command line.',
    how: 'The server is started with one less than the least and one more than the most of each flag, one at a time. Then with the least of all flags, and with the most of all, while the harness holds that port: it may say 69 (cannot listen), but not 64, and no 64 workers need to start for that.',
    run: flagRanges,
  },
];

function rangesOf(suite: Suite): readonly Range[] {
  return suite === 'framed' ? [...RANGES, ...FRAMED_RANGES] : RANGES;
}

async function flagRanges(context: CheckContext): Promise<void> {
  const ranges = rangesOf(context.suite);
  const beyond = ranges.flatMap(([flag, least, most]): Flags[] => [
    { [flag]: least - 1 },
    { [flag]: most + 1 },
  ]);
  for (let at = 0; at < beyond.length; at += AT_ONCE) {
    const attempts = beyond
      .slice(at, at + AT_ONCE)
      .map((flags) => ({ flags, launched: context.launch(flags) }));
    for (const { flags, launched } of attempts) await expectRefused(context, flags, launched);
  }
  await expectTaken(context, Object.fromEntries(ranges.map(([flag, least]) => [flag, least])));
  const mostOfAll = Object.fromEntries(ranges.map(([flag, , most]) => [flag, most]));
  // Where that port is somebody else's already, it is taken as well.
  await using _holder = await holdPort(context.suite, mostOfAll.port).catch(() => undefined);
  await expectTaken(context, mostOfAll);
}

async function expectRefused(context: CheckContext, flags: Flags, launched: Launched): Promise<void> {
  const given = words(flags);
  context.step(given);
  const exit = await refusal(context, launched, `exit ${EXIT_USAGE}: ${given} is out of range`, ADVICE);
  expectExitCode(exit, EXIT_USAGE, given);
  const lines = launched.stderr().split('\n').slice(0, -1);
  if (lines.length === 1) return;
  throw new CheckFailure({
    expected: `one line on stderr that says what is wrong with ${given}`,
    actual: lines.length === 0 ? 'none' : `${lines.length} lines, the first ${JSON.stringify(lines[0])}`,
    cause: 'whoever reads the log of a failed start looks for the one line that says why',
    hint: 'name the flag, its range and what it got, in one line',
  });
}

/** Ready, or refused for another reason than its flags. */
async function expectTaken(context: CheckContext, flags: Flags): Promise<void> {
  const given = words(flags);
  context.step(given);
  const launched = context.launch(flags);
  const outcome = await context.within('the server to become ready or to exit', outcomeOf(launched));
  if (outcome.served !== undefined || outcome.exit.code === EXIT_UNAVAILABLE) return;
  throw new CheckFailure({
    expected: `these flags, all at an end of their range, to be taken: ${given}`,
    actual: `exit code ${outcome.exit.code}: ${launched.stderr().trim().slice(-200)}`,
    ...ADVICE,
  });
}

function words(flags: Flags): string {
  return Object.entries(flags)
    .map(([flag, value]) => `--${flag} ${value}`)
    .join(' ');
}
