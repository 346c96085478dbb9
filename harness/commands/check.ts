/**
 * `check`: runs checks against reference servers or one's own, and prints verdicts. The checks stand in
 * harness/checks.
 */
import { Command, Option } from 'commander';
import { arenaMode, runInArena } from '../arena.ts';
import type { Check } from '../checks/check.ts';
import { count } from '../checks/result.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { checkReport } from '../report/json.ts';
import { ProgressLine } from '../report/progress.ts';
import { checkLines, failureTexts, type ServerReport, serverLine, summaryLine } from '../report/text.ts';
import type { ServerSpec, Suite, Track } from '../servers.ts';
import { idList, randomSeed, seedNumber, serverOption, trackOption } from './arguments.ts';
import { type Chosen, chooseChecks, chooseServers, refuseBadArenaMode } from './chosen.ts';
import { hold } from './hold.ts';

interface Options {
  server?: Suite;
  track?: Track;
  cmd?: string;
  id?: string[];
  tier: 'quick' | 'full';
  seed?: number;
  hold?: true;
  json?: true;
}

export function checkCommand(): Command {
  return new Command('check')
    .description(
      'check the behaviour of the reference servers, or of any program that keeps docs/contract.md',
    )
    .addOption(serverOption())
    .addOption(trackOption().conflicts('cmd'))
    .option('--cmd <command>', 'check this program; quotes work as in a shell (needs --server)')
    .option(
      '--id <ids>',
      'only these checks: frame.zero, or all of frame; separated by commas or spaces',
      idList,
    )
    .addOption(new Option('--tier <tier>', 'how much').choices(['quick', 'full']).default('quick'))
    .option('--seed <n>', 'replay the random choices of a run', seedNumber)
    .option('--hold', 'start the server of one check, print pid and port, and wait for a debugger')
    .option('--json', 'print one JSON document instead of text')
    .action(check);
}

async function check(options: Options): Promise<void> {
  const chosen = chooseChecks(options.id);
  const servers = chooseServers(options, chosen);
  const seed = options.seed ?? randomSeed();
  refuseBadArenaMode();
  if (options.hold) {
    const { spec, check } = toHold(servers);
    await hold(spec, check, seed, options.tier);
    return;
  }
  const reports: ServerReport[] = [];
  for (const { spec, checks } of servers) {
    const report = await runServer(spec, checks, seed, options.tier);
    reports.push(report);
    if (!options.json) printServer(report, seed, servers.length === 1);
  }
  if (options.json) print(JSON.stringify(checkReport(reports, seed, options.tier), null, 2));
  else if (servers.length > 1) print(`\n${summaryLine(reports.flatMap(({ results }) => results))}`);
  setExitCode(reports);
}

/** One check, and the first server that it applies to. */
function toHold([first]: Chosen[]): { spec: ServerSpec; check: Check } {
  const [check, ...more] = first?.checks ?? [];
  if (first && check && more.length === 0) return { spec: first.spec, check };
  throw new Refusal(
    '--hold needs one check: give --id (and --server, --track or --cmd to choose the server)',
  );
}

async function runServer(
  spec: ServerSpec,
  checks: Check[],
  seed: number,
  tier: 'quick' | 'full',
): Promise<ServerReport> {
  const startedAt = performance.now();
  const progress = new ProgressLine();
  let done = 0;
  const onResult = (): void => {
    done++;
    progress.show(`${spec.name}: ${done} of ${checks.length} checks`);
  };
  const run = await runInArena({ spec, checks, seed, tier, onResult });
  progress.clear();
  return { spec, ...run, durationMs: performance.now() - startedAt };
}

function printServer(report: ServerReport, seed: number, listAll: boolean): void {
  if (listAll) print(`${checkLines(report).join('\n')}\n`);
  for (const text of failureTexts(report, seed)) print(`${text}\n`);
  print(listAll ? summaryWithPlace(report, seed) : serverLine(report));
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
