/**
 * `check`: runs checks against reference servers or one's own, and prints verdicts. The checks stand in
 * harness/checks.
 */
import { openSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { arenaMode, runInArena } from '../arena.ts';
import type { Check, Level } from '../checks/check.ts';
import { count } from '../checks/result.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import type { RunFacts } from '../report/fields.ts';
import { checkReport } from '../report/json.ts';
import { junitReport } from '../report/junit.ts';
import { ProgressLine } from '../report/progress.ts';
import { tapReport } from '../report/tap.ts';
import {
  checkLines,
  failureTexts,
  noteTexts,
  type ServerReport,
  serverLine,
  summaryLine,
} from '../report/text.ts';
import type { ServerSpec, Suite, Track } from '../servers.ts';
import { idOption, levelOption, randomSeed, seedNumber, serverOption, trackOption } from './arguments.ts';
import { checkExercise, chooseExercise } from './check-exercise.ts';
import { type Chosen, chooseChecks, chooseServers, refuseBadArenaMode } from './chosen.ts';
import { hold } from './hold.ts';

interface Options {
  server?: Suite;
  track?: Track;
  cmd?: string;
  exercise?: string;
  solution?: true;
  id?: string[];
  level?: Level;
  tier: 'quick' | 'full';
  seed?: number;
  hold?: true;
  json?: true;
  tap?: true;
  junit?: string;
}

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'check the behaviour of the reference servers, or of any program that keeps docs/contract.md',
    )
    .addOption(serverOption())
    .addOption(trackOption().conflicts('cmd'))
    .option('--cmd <command>', 'check this program; quotes work as in a shell (needs --server)')
    .addOption(
      new Option('--exercise <id>', 'check what you wrote for this exercise').conflicts([
        'cmd',
        'server',
        'level',
      ]),
    )
    .option('--solution', 'with --exercise: check its solution instead')
    .addOption(idOption())
    .addOption(levelOption())
    .addOption(new Option('--tier <tier>', 'how much').choices(['quick', 'full']).default('quick'))
    .option('--seed <n>', 'replay the random choices of a run', seedNumber)
    .option('--hold', 'start the server of one check, print pid and port, and wait for a debugger')
    .addOption(new Option('--json', 'print one JSON document instead of text').conflicts('tap'))
    .option('--tap', 'print TAP version 14 instead of text')
    .option('--junit <file>', 'write JUnit XML for a CI system, beside what is printed')
    .action(check);
}

async function check(options: Options): Promise<void> {
  const seed = options.seed ?? randomSeed();
  refuseBadArenaMode();
  const { exercise, hold, json, tap, junit } = options;
  if (exercise === undefined) {
    if (options.solution) throw new Refusal('--solution needs --exercise: say which one');
    const servers = chooseServers(options, chooseChecks(options.id, options.level));
    return checkServers(servers, options, seed);
  }
  const chosen = await chooseExercise({ ...options, exercise });
  if (hold || json || tap || junit !== undefined) return checkServers([chosen], options, seed);
  return checkExercise(chosen, { seed, tier: options.tier });
}

async function checkServers(servers: Chosen[], options: Options, seed: number): Promise<void> {
  if (options.hold) {
    const { spec, check } = toHold(servers);
    await hold(spec, check, seed, options.tier);
    return;
  }
  const run = { seed, tier: options.tier };
  const junit = options.junit === undefined ? undefined : openReport(options.junit);
  const forMachines = options.json || options.tap;
  const reports: ServerReport[] = [];
  for (const { spec, checks } of servers) {
    const report = await runServer(spec, checks, run);
    reports.push(report);
    if (!forMachines) printServer(report, run, servers.length === 1);
  }
  if (options.json) print(JSON.stringify(checkReport(reports, run), null, 2));
  else if (options.tap) process.stdout.write(tapReport(reports, run));
  else if (servers.length > 1) print(`\n${summaryLine(reports.flatMap(({ results }) => results))}`);
  if (junit !== undefined) writeFileSync(junit, junitReport(reports, run));
  setExitCode(reports);
}

/** Opened before anything is run: a path that cannot be written is told at once. */
function openReport(file: string): number {
  try {
    return openSync(file, 'w');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code;
    throw new Refusal(`cannot write the report ${file}: ${why}`, ExitCode.cannotCreate);
  }
}

/** One check, and the first server that it applies to. */
function toHold([first]: Chosen[]): { spec: ServerSpec; check: Check } {
  const [check, ...more] = first?.checks ?? [];
  if (first && check && more.length === 0) return { spec: first.spec, check };
  throw new Refusal(
    '--hold needs one check: give --id (and --server, --track or --cmd to choose the server)',
  );
}

async function runServer(spec: ServerSpec, checks: Check[], facts: RunFacts): Promise<ServerReport> {
  const startedAt = performance.now();
  const progress = new ProgressLine();
  let done = 0;
  const onResult = (): void => {
    done++;
    progress.show(`${spec.name}: ${done} of ${checks.length} checks`);
  };
  const run = await runInArena({ spec, checks, ...facts, onResult });
  progress.clear();
  return { spec, ...run, durationMs: performance.now() - startedAt };
}

function printServer(report: ServerReport, run: RunFacts, listAll: boolean): void {
  if (listAll) print(`${checkLines(report).join('\n')}\n`);
  const texts = [...(listAll ? noteTexts(report, run) : []), ...failureTexts(report, run)];
  for (const text of texts) print(`${text}\n`);
  print(listAll ? summaryWithPlace(report, run.seed) : serverLine(report));
}

/** Ends with the counts, like every summary. */
function summaryWithPlace({ spec, results, whyNoArena }: ServerReport, seed: number): string {
  const place = whyNoArena === undefined ? 'in the arena' : `outside of the arena: ${whyNoArena}`;
  return `${spec.name}, seed ${seed}, ${place}\n${summaryLine(results)}`;
}

function setExitCode(reports: ServerReport[]): void {
  const { failed, notJudged } = count(reports.flatMap(({ results }) => results));
  const missed = arenaMode() === 'require' && notJudged > 0;
  if (missed) process.stderr.write('ARENA=require: what was not judged counts as failed\n');
  if (failed > 0 || missed) process.exitCode = ExitCode.failed;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
