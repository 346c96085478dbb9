/**
 * docs/checks.md: every check, by topic, as the checks themselves describe it. Pure; `make catalogue` writes it, and a
 * test holds it to be fresh.
 */
import { join } from 'node:path';
import type { Check } from '../checks/check.ts';
import { ROOT } from '../servers.ts';
import { LEVEL_MEANS, TIER_MEANS, wrapped } from './explain.ts';

export const CATALOGUE_PAGE = join(ROOT, 'docs', 'checks.md');

/** The whole page, with a line end at the last. Topics come in the order of the catalogue. */
export function cataloguePage(checks: readonly Check[]): string {
  const topics = [...new Set(checks.map(({ topic }) => topic))];
  return `${[head(checks), ...topics.map((topic) => section(topic, checks))].join('\n\n')}\n`;
}

function head(checks: readonly Check[]): string {
  const meanings = Object.entries({ ...LEVEL_MEANS, ...TIER_MEANS });
  return [
    '# The checks',
    '',
    '<!-- Written by `make catalogue` from harness/checks. Do not edit. -->',
    '',
    `${checks.length} checks. \`make check S=framed ID=frame.zero\` runs one, \`make explain RULE=frame.zero\` says more of it, with the`,
    'words of the rule. A title is read after "a server".',
    '',
    ...meanings.map(([word, meaning]) => `- **${word}**: ${meaning}.`),
  ].join('\n');
}

function section(topic: string, checks: readonly Check[]): string {
  return [`## ${topic}`, ...checks.filter((check) => check.topic === topic).map(entry)].join('\n\n');
}

function entry({ id, title, rule, level, tier, suites, why, how }: Check): string {
  const facts = [level, tier, suites.join(', '), linked(rule)].join(' · ');
  const lines = [`### ${id}`, `${title} (${facts})`, wrapped(`Why: ${why}`), wrapped(`How: ${how}`)];
  return lines.join('\n\n');
}

/** Documents stand beside the page; RFCs at their editor. */
function linked(rule: string): string {
  return rule
    .replace(/docs\/([\w-]+\.md) section ([\d.]*\d)/g, '[$1 section $2]($1)')
    .replace(/RFC (\d+)/g, '[RFC $1](https://www.rfc-editor.org/rfc/rfc$1)');
}
