/**
 * `list`: the checks there are, or those of a suite, an id, a topic or a level.
 */
import { Command } from 'commander';
import type { Check, Level } from '../checks/check.ts';
import type { Suite } from '../servers.ts';
import { idOption, levelOption, serverOption } from './arguments.ts';
import { chooseChecks } from './chosen.ts';

interface Options {
  server?: Suite;
  id?: string[];
  level?: Level;
  json?: true;
}

export function listCommand(): Command {
  return new Command('list')
    .description('list the checks: id, suites, level, tier, topic and title')
    .addOption(serverOption())
    .addOption(idOption())
    .addOption(levelOption())
    .option('--json', 'print one JSON document instead of text')
    .action(({ server, id, level, json }: Options) => {
      const chosen = chooseChecks(id, level);
      const checks = server ? chosen.filter(({ suites }) => suites.includes(server)) : [...chosen];
      process.stdout.write(`${json ? jsonList(checks) : textList(checks)}\n`);
    });
}

/** Columns as wide as their widest cell; the title comes last. */
function textList(checks: readonly Check[]): string {
  const rows = checks.map(({ id, suites, level, tier, topic, title }) => [
    ...[id, suites.join(','), level, tier, topic, title],
  ]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `${lines.join('\n')}\n\n${checks.length} checks; \`make explain RULE=ID\` tells more of one`;
}

function jsonList(checks: readonly Check[]): string {
  const plain = checks.map(({ id, title, rule, level, tier, topic, suites }) => ({
    id,
    title,
    rule,
    level,
    tier,
    topic,
    suites,
  }));
  return JSON.stringify({ schema: 'check-list', version: 1, checks: plain }, null, 2);
}
