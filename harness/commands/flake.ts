/**
 * `flake`: runs the checks again and again against servers that are right, and says how often a check fails all the same.
 *
 * harness/flake runs and counts; this parses, keeps the results file, shows progress and ends. An interrupted run prints what it has
 * and goes on with the same command.
 */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { AppendLog } from '../append-log.ts';
import { arenaMode } from '../arena.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { entriesOf, type FlakePlan, missingPasses, type PassEntry, passEntry } from '../flake/pass.ts';
import { type FlakeReport, flakeMarkdown, flakeReport, flakeText } from '../flake/report.ts';
import { runPasses } from '../flake/run.ts';
import { interruptible, untilAborted } from '../interrupt.ts';
import { PassedTime } from '../report/passed-time.ts';
import { revision } from '../revision.ts';
import { idOption, seedNumber, serverOption, trackOption, wholeNumber } from './arguments.ts';
import { chooseChecks, chooseServers, refuseBadArenaMode, type ServerChoice } from './chosen.ts';
import { addKeptResultsOptions, type KeptResultsOptions, showReport } from './kept-results.ts';

interface FlakeOptions extends ServerChoice, KeptResultsOptions {
  passes: number;
  id?: string[];
  seed: number;
  jobs: number;
}

const MOST_PASSES = 100_000;
const MOST_JOBS = 64;

export function flakeCommand(): Command {
  const command = new Command('flake')
    .description('repeat the checks against servers that are right: how often does one fail all the same?')
    .option('--passes <n>', 'passes of each server', wholeNumber(1, MOST_PASSES), 200)
    .addOption(serverOption())
    .addOption(trackOption().conflicts('cmd'))
    .option('--cmd <command>', 'repeat them against this program (needs --server)')
    .addOption(idOption())
    .addOption(new Option('--tier <tier>', 'how much').choices(['quick', 'full']).default('quick'))
    .option('--seed <n>', 'the seed from which those of the passes follow', seedNumber, 1)
    .option('--jobs <n>', 'passes beside each other', wholeNumber(1, MOST_JOBS), 1);
  return addKeptResultsOptions(command).action(flake);
}

async function flake(options: FlakeOptions): Promise<void> {
  refuseBadArenaMode();
  const plan = planOf(options);
  const file = join(options.results, `flake-${plan.tier}-${plan.revision}.jsonl`);
  const log = new AppendLog<PassEntry>(file, passEntry, { fresh: options.fresh === true });
  await interruptible(async (signal) => {
    await untilAborted(measure(plan, log, options), signal);
    publish(plan, log, options);
  });
}

function publish(plan: FlakePlan, log: AppendLog<PassEntry>, options: FlakeOptions): void {
  const done = entriesOf(plan, log.entries);
  const report = flakeReport(
    plan,
    chooseChecks(options.id).map(({ id }) => id),
    done,
  );
  const shown = {
    report,
    text: flakeText(report, done),
    block: `flake-${plan.tier}`,
    markdown: (machine: string) => flakeMarkdown(report, machine),
  };
  showReport(shown, log.name, options);
  process.exitCode = exitCodeOf(report);
}

function planOf(options: FlakeOptions): FlakePlan {
  const chosen = chooseServers(options, chooseChecks(options.id));
  const servers = chosen.map(({ spec, checks }) => ({ spec, checkIds: checks.map(({ id }) => id) }));
  const { tier, passes, seed } = options;
  return { revision: options.revision ?? revision(), tier, servers, passes, seed };
}

async function measure(plan: FlakePlan, log: AppendLog<PassEntry>, options: FlakeOptions): Promise<void> {
  const done = entriesOf(plan, log.entries);
  const waiting = missingPasses(plan, done);
  const total = plan.passes * plan.servers.length;
  if (done.length > 0) process.stderr.write(`${done.length} of ${total} passes are in ${log.name} already\n`);
  const time = new PassedTime(waiting.length);
  time.show(`${done.length} of ${total} passes`);
  await runPasses(plan, waiting, options.jobs, (entry) => {
    if (options.revision === undefined) refuseChange(plan);
    log.append(entry);
    const finished = entriesOf(plan, log.entries);
    const failed = finished.flatMap(({ outcomes }) =>
      Object.values(outcomes).filter(({ verdict }) => verdict === 'fail'),
    ).length;
    time.finishOne(`${finished.length} of ${total} passes, ${failed} failed checks`);
  });
  time.end();
}

/** A figure belongs to one state of the sources, and servers in TypeScript are read anew at each start. */
function refuseChange(plan: FlakePlan): void {
  if (revision() === plan.revision) return;
  throw new Refusal(
    'the sources changed during the run: the last pass was not kept; start again',
    ExitCode.badData,
  );
}

function exitCodeOf({ total: { failed, notJudged }, troubles }: FlakeReport): number {
  if (troubles.length > 0) return ExitCode.internal;
  return failed > 0 || (notJudged > 0 && arenaMode() === 'require') ? ExitCode.failed : ExitCode.ok;
}
