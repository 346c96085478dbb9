/**
 * `bench`: compares two contenders and prints what may be said about them. harness/bench measures; this parses, starts and ends.
 *
 * Results on stdout, progress on stderr. Ctrl-C stops everything within two seconds and shows what was measured so far.
 */
import { appendFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { compareRuns, hasRegression } from '../bench/compare.ts';
import { type Contender, parseContender } from '../bench/contenders.ts';
import { recordEnvironment } from '../bench/environment.ts';
import { emptyFindings } from '../bench/findings.ts';
import type { Bench } from '../bench/measure.ts';
import { NoiseMeter } from '../bench/noise.ts';
import { missingFor, PEERS, type PeerName } from '../bench/peers.ts';
import { availableCpus, placementFor } from '../bench/placement.ts';
import { chosenScenarios, NORMAL, type Plan, planRun, QUICK, type Timing } from '../bench/plan.ts';
import { MARKDOWN, renderRun, terminalStyle } from '../bench/render.ts';
import { runPlan } from '../bench/rounds.ts';
import { type BenchRun, publishedSchema } from '../bench/schema.ts';
import { Session } from '../bench/session.ts';
import { duration, Status } from '../bench/status.ts';
import { RESULTS, readRun, saveRun, writeRun } from '../bench/store.ts';
import { summarize } from '../bench/summarize.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { interruptible } from '../interrupt.ts';
import * as engine from '../native/engine.ts';
import { idList, randomSeed, seedNumber, wholeNumber } from './arguments.ts';
import { goals } from './goals.ts';

interface BenchOptions {
  a: string;
  b: string;
  only: string[];
  duels?: number;
  duration?: number;
  seed?: number;
  json?: string;
  base?: string;
  quick?: true;
  peers?: true;
  results: string;
  schema?: true;
  goals?: true;
}

const MOST_DUELS = 100;
const LONGEST_DUEL_S = 600;
/** Peers that are measured in every run: the floor of the loopback path. */
const ALWAYS: readonly PeerName[] = ['blocking-tcp', 'blocking-udp'];

export function benchCommand(): Command {
  return new Command('bench')
    .description('compare two servers by duels: latency, throughput, and what a message costs')
    .option(
      '--a <contender>',
      'ts, c, a name (framed/c, libuv-echo), [PROTOCOL@]HOST:PORT, or a command',
      'ts',
    )
    .option('--b <contender>', 'the one that A is divided by', 'c')
    .option('--only <ids>', 'scenarios, separated by commas', idList, [])
    .option(
      '--duels <n>',
      'duels per scenario (default 6; fewer give no verdict)',
      wholeNumber(1, MOST_DUELS),
    )
    .option('--duration <seconds>', 'length of one duel (default 3)', seconds)
    .option('--seed <n>', 'seed of payloads and bootstrap', seedNumber)
    .option('--json <file>', 'write the run as JSON; - for stdout, and then nothing else goes there')
    .option('--base <file>', 'compare with a saved run; exit 2 when a contender lost ground')
    .option('--quick', 'within 45 s, no verdict')
    .option('--peers', 'also libuv, Go, redis, socat and others, where installed')
    .option('--results <folder>', 'where runs are saved', RESULTS)
    .option('--schema', 'print the JSON Schema of a saved run')
    .option('--goals', 'measure the goals of this project and write them into docs/measuring.md (15 minutes)')
    .action(bench);
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value >= 0.05 && value <= LONGEST_DUEL_S) return value;
  throw new InvalidArgumentError(`It must be a number of seconds from 0.05 to ${LONGEST_DUEL_S}.`);
}

async function bench(options: BenchOptions): Promise<void> {
  if (options.schema) {
    process.stdout.write(publishedSchema());
    return;
  }
  await interruptible((signal) => (options.goals ? benchGoals(options, signal) : compare(options, signal)));
}

function benchGoals(options: BenchOptions, signal: AbortSignal): Promise<void> {
  return goals(timingOf(options), options.seed ?? randomSeed(), signal);
}

async function compare(options: BenchOptions, signal: AbortSignal): Promise<void> {
  checkScenarios(options.only);
  // Read first: a run of minutes must not end with a file that is not there.
  const base = options.base === undefined ? undefined : readRun(options.base);
  const [a, b] = labelled(await parseContender(options.a), await parseContender(options.b));
  const plan = planRun({ a, b, timing: timingOf(options), only: options.only, peers: peersOf(options) });
  if (plan.scenarios.length === 0) throw new Refusal(plan.leftOut.map(({ why }) => why).join('; '));
  const { document, exitCode } = await measure({ a, b }, plan, options, signal);
  process.exitCode = publish(document, options, base) ?? exitCode;
}

async function measure(
  contenders: { a: Contender; b: Contender },
  plan: Plan,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<{ document: BenchRun; exitCode: number }> {
  const startedAt = new Date();
  const { a, b } = contenders;
  const placement = placementFor(availableCpus(), a.remote !== undefined || b.remote !== undefined);
  const environment = recordEnvironment(placement);
  const session = new Session(a, b, placement);
  const status = new Status(plan, process.stderr);
  const seed = options.seed ?? randomSeed();
  const noise = new NoiseMeter();
  const onProgress: Bench['onProgress'] = (progress) => status.progress(progress);
  const findings = emptyFindings(plan);
  announce(contenders, plan);
  try {
    await runPlan(
      plan,
      { session, engine, timing: plan.timing, seed, noise, signal, onProgress },
      findings,
      status,
    );
  } finally {
    status.end();
    await session.close();
  }
  const facts = {
    plan,
    contenders,
    environment,
    startedAt,
    durationMs: Date.now() - startedAt.getTime(),
    complete: !signal.aborted,
    quick: options.quick === true,
    seed,
  };
  return { document: summarize(findings, facts), exitCode: findings.exitCode };
}

function announce({ a, b }: { a: Contender; b: Contender }, { scenarios, timing, totalMs }: Plan): void {
  const duels = `${timing.duels} ${timing.duels === 1 ? 'duel' : 'duels'} of ${timing.duelMs / 1000} s`;
  const count = scenarios.length === 1 ? '1 scenario' : `${scenarios.length} scenarios`;
  process.stderr.write(
    `${a.label} against ${b.label}: ${count}, ${duels} each, about ${duration(totalMs)}\n`,
  );
}

/** Prints, saves and compares. Returns an exit code that outweighs that of the run itself. */
function publish(run: BenchRun, options: BenchOptions, base: BenchRun | undefined): number | undefined {
  const text = renderRun(run, terminalStyle(bold));
  const people = options.json === '-' ? process.stderr : process.stdout;
  people.write(text);
  if (options.json !== undefined) writeRun(run, options.json);
  if (run.scenarios.some(({ ratio }) => ratio !== undefined))
    process.stderr.write(`saved as ${saveRun(run, options.results)}\n`);
  const summaryFile = process.env.GITHUB_STEP_SUMMARY;
  if (summaryFile) appendFileSync(summaryFile, renderRun(run, MARKDOWN));
  return base === undefined ? undefined : showComparison(run, base, people);
}

function showComparison(run: BenchRun, base: BenchRun, stream: NodeJS.WriteStream): number | undefined {
  const comparison = compareRuns(run, base);
  const { basis, notCompared, compared, changes } = comparison;
  const result =
    changes.length > 0
      ? `${compared} compared, ${changes.length} changed:`
      : `${compared} compared: ${compared === 0 ? 'nothing can be concluded.' : 'nothing moved by more than noise explains.'}`;
  const lines = [
    ...basis,
    ...notCompared.map((one) => `Not compared: ${one}`),
    result,
    ...changes.map(({ scenario, words }) => `  ${scenario}: ${words}`),
  ];
  stream.write(`\n${lines.join('\n')}\n`);
  return hasRegression(comparison) ? ExitCode.regression : undefined;
}

function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

function checkScenarios(only: readonly string[]): void {
  try {
    chosenScenarios(only);
  } catch (error) {
    throw new Refusal((error as Error).message);
  }
}

function timingOf({ quick, duels, duration: durationS }: BenchOptions): Timing {
  const timing = quick ? QUICK : NORMAL;
  return {
    ...timing,
    duels: duels ?? timing.duels,
    duelMs: durationS === undefined ? timing.duelMs : durationS * 1000,
  };
}

function peersOf({ peers, quick }: BenchOptions): PeerName[] {
  const wanted = PEERS.filter((one) => missingFor(one) === undefined).map((one) => one.name as PeerName);
  if (peers) return wanted;
  return quick ? [] : wanted.filter((name) => ALWAYS.includes(name));
}

/** Two contenders of one name are told apart. */
function labelled(a: Contender, b: Contender): [Contender, Contender] {
  if (a.label !== b.label) return [a, b];
  return [
    { ...a, label: `${a.label} (A)` },
    { ...b, label: `${b.label} (B)` },
  ];
}
