/**
 * What `flake` and `mutate` have in common: long runs whose results are kept by the revision of the sources, and go on from there.
 *
 * The options for it, and how the report is shown. What is run and counted, the commands know.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { machineStamp, writeBlock } from '../report/marked-block.ts';
import { ROOT } from '../servers.ts';

export interface KeptResultsOptions {
  results: string;
  revision?: string;
  fresh?: true;
  docs?: true;
  json?: true;
}

/** A report in its forms: for programs, for people, and for the document. */
export interface ShownReport {
  report: object;
  text: string;
  /** Name of the block in docs/trust.md. */
  block: string;
  markdown: (machine: string) => string;
}

const DOCUMENT = join(ROOT, 'docs', 'trust.md');

/** Adds the options. Returns the command, for the next one. */
export function addKeptResultsOptions(command: Command): Command {
  return command
    .option('--results <folder>', 'where results are kept', join(ROOT, 'results'))
    .option(
      '--revision <name>',
      'name of the sources (default: the commit, and a digest of what was changed since)',
    )
    .option('--fresh', 'forget the results of these sources and begin anew')
    .option('--docs', 'write the figures into docs/trust.md')
    .option('--json', 'print one JSON document instead of text');
}

/** Prints the report as asked for, says where the results are, and writes it into the document when that was asked for. */
export function showReport(
  { report, text, block, markdown }: ShownReport,
  logName: string,
  { json, docs }: KeptResultsOptions,
): void {
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : text}\n`);
  process.stderr.write(`results are kept in ${logName}\n`);
  if (docs) writeBlock(DOCUMENT, block, markdown(machineStamp()));
}
