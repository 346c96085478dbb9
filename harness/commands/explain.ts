/**
 * `explain`: what a check demands, and the words of the rule behind it.
 */
import { Command } from 'commander';
import { catalogue } from '../checks/catalogue.ts';
import type { Check } from '../checks/check.ts';
import { Refusal } from '../exit-codes.ts';
import { explainCheck } from '../report/explain.ts';
import { isMeant } from './chosen.ts';

export function explainCommand(): Command {
  return new Command('explain')
    .description('say what a rule is, why it matters, and how it is checked')
    .argument(
      '<rule>',
      'id of a check (tcp.half-close), the first part of ids (tcp), a topic (shutdown), or a rule ("docs/protocol.md section 4")',
    )
    .action((rule: string) => {
      process.stdout.write(`${find(rule).map(explainCheck).join('\n\n')}\n`);
    });
}

/** One check by id; else all of a topic; else all of a rule. */
function find(rule: string): Check[] {
  const byId = catalogue.filter((check) => check.id === rule);
  const byTopic = catalogue.filter((check) => isMeant(check, rule));
  const byRule = catalogue.filter((check) => check.rule.startsWith(rule));
  const found = [byId, byTopic, byRule].find((checks) => checks.length > 0);
  if (!found) throw new Refusal(`there is no check or rule ${rule}: \`make list\` shows all`);
  return found;
}
