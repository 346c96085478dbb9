/**
 * `mutate`: plants mechanical faults in the reference servers and says which of them no check finds.
 *
 * harness/mutate finds, plants and tries them; this parses, keeps the results file, shows progress and ends. An interrupted run prints
 * what it has and goes on with the same command.
 */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { AppendLog } from '../append-log.ts';
import { ExitCode } from '../exit-codes.ts';
import { interruptible, untilAborted } from '../interrupt.ts';
import { LANGUAGES, type Language } from '../mutate/mutant.ts';
import { type MutateReport, mutateMarkdown, mutateReport, mutateText } from '../mutate/report.ts';
import { type MutantEntry, type MutatePlan, mutantEntry, runMutants } from '../mutate/run.ts';
import { PassedTime } from '../report/passed-time.ts';
import { revision } from '../revision.ts';
import { ROOT } from '../servers.ts';
import { idOption, seedNumber, wholeNumber } from './arguments.ts';
import { chooseChecks, refuseBadArenaMode } from './chosen.ts';
import { addKeptResultsOptions, type KeptResultsOptions, showReport } from './kept-results.ts';

interface MutateOptions extends KeptResultsOptions {
  mutants: number;
  track?: Language;
  id?: string[];
  seed: number;
}

const MOST_MUTANTS = 100_000;

export function mutateCommand(): Command {
  const command = new Command('mutate')
    .description('plant mechanical faults in the reference servers: which of them does no check find?')
    .option(
      '--mutants <n>',
      'mutants with a verdict, half of them in each language',
      wholeNumber(1, MOST_MUTANTS),
      100,
    )
    .addOption(new Option('--track <track>', 'only this language').choices(LANGUAGES))
    .addOption(idOption())
    .option('--seed <n>', 'the seed by which mutants are drawn', seedNumber, 1);
  return addKeptResultsOptions(command).action(mutate);
}

async function mutate(options: MutateOptions): Promise<void> {
  refuseBadArenaMode();
  const plan = planOf(options);
  const log = new AppendLog<MutantEntry>(fileOf(plan, options), mutantEntry, {
    fresh: options.fresh === true,
  });
  const entries: MutantEntry[] = [];
  await interruptible(async (signal) => {
    await untilAborted(measure(plan, log, entries), signal);
    publish(mutateReport(plan, entries), log, options);
  });
}

function publish(report: MutateReport, log: AppendLog<MutantEntry>, options: MutateOptions): void {
  const shown = {
    report,
    text: mutateText(report),
    block: 'mutate',
    markdown: (machine: string) => mutateMarkdown(report, machine),
  };
  showReport(shown, log.name, options);
  process.exitCode = exitCodeOf(report);
}

function planOf({ track, mutants, seed, id, revision: name }: MutateOptions): MutatePlan {
  const languages = track ? [track] : LANGUAGES;
  return {
    revision: name ?? revision(),
    languages,
    wanted: Math.ceil(mutants / languages.length),
    seed,
    ...(id ? { onlyChecks: chooseChecks(id).map((check) => check.id) } : {}),
  };
}

/** A verdict by some of the checks is none by all of them. */
function fileOf({ revision, onlyChecks }: MutatePlan, { results }: MutateOptions): string {
  return join(results, `mutate-${revision}${onlyChecks ? `-${onlyChecks.join(',')}` : ''}.jsonl`);
}

/** @param entries filled while the run goes on, so that an interrupted one has something to show */
async function measure(plan: MutatePlan, log: AppendLog<MutantEntry>, entries: MutantEntry[]): Promise<void> {
  const total = plan.wanted * plan.languages.length;
  const known = [...log.entries];
  const time = new PassedTime(total);
  const bench = join(ROOT, 'build', 'mutate', String(process.pid));
  time.show('building');
  await runMutants(plan, bench, known, (entry, isNew) => {
    if (isNew) log.append(entry);
    entries.push(entry);
    const judged = entries.filter(({ outcome }) => outcome !== 'discarded');
    const survived = judged.filter(({ outcome }) => outcome === 'survived').length;
    const text = `${judged.length} of ${total} mutants, ${survived} survived`;
    if (entry.outcome === 'discarded') time.show(text);
    else time.finishOne(text);
  });
  time.end();
}

function exitCodeOf({ survivors, troubles }: MutateReport): number {
  if (troubles.length > 0) return ExitCode.internal;
  return survivors.some(({ argument }) => argument === undefined) ? ExitCode.failed : ExitCode.ok;
}
