/**
 * `make mutants`: proves that the checks bite. Every wrong server against the checks that its entry names and ten others, or, with
 * --full, against all of its protocol, or, with --id, against some that were changed.
 *
 * A full run is written down server by server, and goes on where an earlier one of the same revision and seed was ended. When
 * it is complete, its figures go into docs/mutants.md.
 */
import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { arenaMode } from '../../arena.ts';
import { catalogue } from '../../checks/catalogue.ts';
import { idList, idOption, seedNumber } from '../../commands/arguments.ts';
import { chooseChecks, refuseBadArenaMode } from '../../commands/chosen.ts';
import { ExitCode, Refusal } from '../../exit-codes.ts';
import { interruptible, untilAborted } from '../../interrupt.ts';
import { PassedTime } from '../../report/passed-time.ts';
import { revision } from '../../revision.ts';
import { runCommandLine } from '../../run-command-line.ts';
import { missingBuild } from '../../servers.ts';
import { faultyServers, specOf } from './catalogue.ts';
import { type FaultyServer, idOf } from './entry.ts';
import { keepMessage, MESSAGE_SEED } from './message.ts';
import { writePage } from './page.ts';
import { mutantsReport, type RunFacts, scoreLines, triedLines } from './report.ts';
import { scoreOf, type Tried } from './score.ts';
import { everyCheck, namedChecksAndOthers, onlyChecks } from './selection.ts';
import { earlierTrial, openLog, type TrialSettings, tryServers } from './trials.ts';

interface Options {
  full?: true;
  fresh?: true;
  only: string[];
  id?: string[];
  seed: number;
  json?: string;
  update?: true;
}

const CHECK_IDS = catalogue.map(({ id }) => id);

const command = new Command('mutants')
  .description('prove that the checks bite: run them against deliberately wrong servers')
  .option('--full', 'every check against every server; goes on where the same run was ended')
  .option('--fresh', 'begin a full run anew')
  .option('--only <names>', 'only these servers: c/strips-newline, or strips-newline', idList, [])
  .addOption(idOption().conflicts('full'))
  .option('--seed <n>', 'chooses the ten other checks, and the payloads', seedNumber, MESSAGE_SEED)
  .option('--json <file>', 'write what was found as JSON')
  .option('--update', 'keep the first messages as they are now: read them')
  .action(mutants);

async function mutants(options: Options): Promise<void> {
  refuseBadArenaMode();
  const settings = settingsOf(options);
  const servers = chosenServers(options.only, settings);
  const startedAt = new Date();
  const all: Tried[] = [];
  await interruptible(async (signal) => {
    await untilAborted(tryAll(servers, settings, all, options.update === true), signal);
    publish(inTableOrder(all), options, {
      revision: settings.revision,
      seed: settings.seed,
      full: options.full === true,
      startedAt,
      durationMs: Date.now() - startedAt.getTime(),
      complete: all.length === servers.length,
    });
  });
}

/** Adds to `all` as soon as a server was tried, and prints it. */
async function tryAll(
  servers: readonly FaultyServer[],
  settings: TrialSettings,
  all: Tried[],
  update: boolean,
): Promise<void> {
  const known = servers.filter((server) => earlierTrial(server, settings)).length;
  if (known > 0) print(`${known} servers are known from ${settings.log?.name} (FRESH=1 begins anew)`);
  const progress = new PassedTime(servers.length - known);
  await tryServers(servers, settings, (tried) => {
    all.push(tried);
    progress.end();
    if (update && tried.trial.message !== undefined) keepMessage(tried.server, tried.trial.message);
    print(triedLines(tried));
    progress.finishOne(`${all.length} of ${servers.length} servers`);
  });
  progress.end();
}

/** Those that are named, without the ones that no chosen check applies to. */
function chosenServers(
  names: readonly string[],
  { selection, seed }: TrialSettings,
): readonly FaultyServer[] {
  const isNamed = (server: FaultyServer, name: string): boolean =>
    name === server.name || name === idOf(server);
  const unknown = names.find((name) => !faultyServers.some((server) => isNamed(server, name)));
  if (unknown !== undefined) throw new Refusal(`there is no wrong server ${unknown}`);
  const chosen = faultyServers.filter(
    (server) =>
      (names.length === 0 || names.some((name) => isNamed(server, name))) &&
      selection(server, seed).length > 0,
  );
  if (chosen.length === 0) throw new Refusal('none of these checks applies to any of these servers');
  const missing = chosen.map((server) => missingBuild(specOf(server))).find((sentence) => sentence);
  if (missing !== undefined) throw new Refusal(missing, ExitCode.unavailable);
  return chosen;
}

function settingsOf({ full, fresh, only, id, seed, update }: Options): TrialSettings {
  if (update && seed !== MESSAGE_SEED)
    throw new Refusal(`the kept messages belong to seed ${MESSAGE_SEED}: leave SEED= out to update them`);
  const settings = { revision: revision(), seed, comparesWords: seed === MESSAGE_SEED && !update };
  if (id) return { ...settings, selection: onlyChecks(chooseChecks(id).map((check) => check.id)) };
  if (!full) return { ...settings, selection: namedChecksAndOthers };
  // Whoever asks for some servers wants to see them run now.
  const log = only.length === 0 ? { log: openLog(fresh ?? false) } : {};
  return { ...settings, selection: everyCheck, ...log };
}

/** Prints the score, writes what was asked for, and sets the exit code. */
function publish(all: readonly Tried[], options: Options, facts: RunFacts): void {
  const lines = scoreLines(all, scoreOf(all, CHECK_IDS));
  // Of a few servers, or a few checks, the lists say nothing.
  print(['', ...(options.only.length === 0 && !options.id ? lines : lines.slice(-1))].join('\n'));
  if (options.json !== undefined) writeJson(options.json, mutantsReport(all, CHECK_IDS, facts));
  if (facts.full && facts.complete && options.only.length === 0) {
    writePage(all, CHECK_IDS, facts);
    process.stderr.write('written into docs/mutants.md\n');
  }
  process.exitCode = exitCodeOf(all);
}

function inTableOrder(tried: readonly Tried[]): Tried[] {
  return tried.toSorted((a, b) => faultyServers.indexOf(a.server) - faultyServers.indexOf(b.server));
}

function exitCodeOf(all: readonly Tried[]): number {
  const having = (verdict: string): boolean => all.some(({ judgement }) => judgement.verdict === verdict);
  if (all.some(({ trial }) => trial.trouble !== undefined)) return ExitCode.internal;
  if (having('fail')) return ExitCode.failed;
  if (arenaMode() !== 'require' || !having('not judged')) return ExitCode.ok;
  process.stderr.write('ARENA=require: what was not judged counts as failed\n');
  return ExitCode.failed;
}

function writeJson(file: string, document: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
  } catch (error) {
    throw new Refusal(`cannot write ${file}: ${(error as Error).message}`, ExitCode.cannotCreate);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await runCommandLine(command);
