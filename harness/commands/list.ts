/**
 * `list`: the checks there are, by suite.
 */
import { Command } from 'commander';
import { catalogue, checksFor } from '../checks/catalogue.ts';
import type { Check } from '../checks/check.ts';
import type { Suite } from '../servers.ts';
import { serverOption } from './arguments.ts';

export function listCommand(): Command {
  return new Command('list')
    .description('list the checks')
    .addOption(serverOption())
    .option('--json', 'print one JSON document instead of text')
    .action(({ server, json }: { server?: Suite; json?: true }) => {
      const checks = server ? checksFor(server) : [...catalogue];
      process.stdout.write(`${json ? jsonList(checks) : textList(checks)}\n`);
    });
}

function textList(checks: readonly Check[]): string {
  const idWidth = Math.max(...checks.map(({ id }) => id.length));
  const suiteWidth = Math.max(...checks.map(({ suites }) => suites.join(',').length));
  const lines = checks.map(
    ({ id, suites, level, tier, title }) =>
      `${id.padEnd(idWidth)}  ${suites.join(',').padEnd(suiteWidth)}  ${level.padEnd(6)}  ${tier.padEnd(6)}  ${title}`,
  );
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
