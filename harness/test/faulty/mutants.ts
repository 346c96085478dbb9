/**
 * `make mutants`: proves that the checks bite. Every wrong server against the checks that its entry names and ten others, or, with
 * --full, against all of its protocol.
 *
 * A full run is written down server by server, and goes on where an earlier one of the same revision and seed was ended. When
 * it is complete, its figures go into docs/mutants.md.
 */
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { Command } from 'commander';
import { arenaMode } from '../../arena.ts';
import { catalogue } from '../../checks/catalogue.ts';
import { idList, seedNumber } from '../../commands/arguments.ts';
import { ExitCode, Refusal } from '../../exit-codes.ts';
import { ProgressLine } from '../../report/progress.ts';
import { revision } from '../../revision.ts';
import { runCommandLine } from '../../run-command-line.ts';
import { missingBuild } from '../../servers.ts';
import { faultyServers, specOf } from './catalogue.ts';
import { type FaultyServer, idOf } from './entry.ts';
import { keepMessage, MESSAGE_SEED } from './message.ts';
import { writePage } from './page.ts';
import { mutantsReport, type RunFacts, scoreLines, triedLines } from './report.ts';
import { scoreOf, type Tried } from './score.ts';
import { everyCheck, namedChecksAndOthers } from './selection.ts';
import { openLog, tryServers } from './trials.ts';

interface Options {
  full?: true;
  fresh?: true;
  only: string[];
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
  .option('--seed <n>', 'chooses the ten other checks, and the payloads', seedNumber, MESSAGE_SEED)
  .option('--json <file>', 'write what was found as JSON')
  .option('--update', 'keep the first messages as they are now: read them')
  .action(mutants);

async function mutants(options: Options): Promise<void> {
  const servers = chosenServers(options.only);
  const settings = settingsOf(options);
  const startedAt = new Date();
  const all: Tried[] = [];
  const finish = (): void => {
    const complete = all.length === servers.length;
    const durationMs = Date.now() - startedAt.getTime();
    const { revision, seed } = settings;
    publish(all, options, { revision, seed, full: options.full ?? false, startedAt, durationMs, complete });
  };
  endInOrder(finish);
  const progress = new ProgressLine();
  await tryServers(servers, settings, (tried) => {
    all.push(tried);
    progress.clear();
    if (options.update && tried.trial.message !== undefined) keepMessage(tried.server, tried.trial.message);
    print(triedLines(tried));
    progress.show(`${all.length} of ${servers.length} servers`);
  });
  progress.clear();
  finish();
}

function chosenServers(names: readonly string[]): readonly FaultyServer[] {
  const isNamed = (server: FaultyServer, name: string): boolean =>
    name === server.name || name === idOf(server);
  const unknown = names.find((name) => !faultyServers.some((server) => isNamed(server, name)));
  if (unknown !== undefined) throw new Refusal(`there is no wrong server ${unknown}`);
  const chosen = faultyServers.filter(
    (server) => names.length === 0 || names.some((name) => isNamed(server, name)),
  );
  const missing = chosen.map((server) => missingBuild(specOf(server))).find((sentence) => sentence);
  if (missing !== undefined) throw new Refusal(missing, ExitCode.unavailable);
  return chosen;
}

function settingsOf({ full, fresh, only, seed }: Options): Parameters<typeof tryServers>[1] {
  const settings = { revision: revision(), seed };
  if (!full) return { ...settings, selection: namedChecksAndOthers };
  // Whoever asks for some servers wants to see them run now.
  const log = only.length === 0 ? { log: openLog(fresh ?? false) } : {};
  return { ...settings, selection: everyCheck, ...log };
}

/** Ctrl-C shows what was found so far; nothing of the servers is left. */
function endInOrder(finish: () => void): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      finish();
      process.exit(ExitCode.signalBase + constants.signals[name]);
    });
}

/** Prints the score, writes what was asked for, and sets the exit code. */
function publish(tried: readonly Tried[], options: Options, facts: RunFacts): void {
  const all = inTableOrder(tried);
  const lines = scoreLines(all, scoreOf(all, CHECK_IDS));
  // Of a few servers the lists say nothing.
  print(['', ...(options.only.length === 0 ? lines : lines.slice(-1))].join('\n'));
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
