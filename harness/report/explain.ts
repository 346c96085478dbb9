/**
 * What a rule is and how it is checked: the section of the document that states it, and the checks that hold
 * servers to it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Check } from '../checks/check.ts';
import { ROOT } from '../servers.ts';

/** A rule that names a section of a document of this repository: `docs/protocol.md section 4`. */
const SECTION = /^(docs\/[\w-]+\.md) section ([\d.]+)/;

/** Explains one check: what it demands, what of it, and the words of the rule. */
export function explainCheck(check: Check): string {
  const lines = [
    `${styleText('bold', check.id)}  (${check.level}, ${check.tier}; ${check.suites.join(', ')})`,
    `A server ${check.title}.`,
    ...(check.why ? ['', `Why it matters: ${check.why}`] : []),
    ...(check.how ? ['', `How it is checked: ${check.how}`] : []),
    '',
    `The rule: ${check.rule}`,
  ];
  const text = ruleText(check.rule);
  return (text ? [...lines, '', ...text.split('\n').map((line) => `  ${line}`.trimEnd())] : lines).join('\n');
}

/** The text of the section that a rule names; undefined for an RFC or a section that is not there. */
export function ruleText(rule: string): string | undefined {
  const [, file, section] = SECTION.exec(rule) ?? [];
  if (!file || !section) return undefined;
  return sectionOf(readFileSync(join(ROOT, file), 'utf8'), section.replace(/\.$/, ''));
}

/** Cuts `## 4. Errors` out of a Markdown text, up to the next heading of the same or a higher rank. */
export function sectionOf(markdown: string, number: string): string | undefined {
  const lines = markdown.split('\n');
  const isHeading = (line: string): boolean => /^#+ [\d.]+/.test(line);
  const start = lines.findIndex((line) => isHeading(line) && headingNumber(line) === number);
  if (start === -1) return undefined;
  const rank = rankOf(lines[start] ?? '');
  const length = lines.slice(start + 1).findIndex((line) => isHeading(line) && rankOf(line) <= rank);
  const end = length === -1 ? lines.length : start + 1 + length;
  return lines.slice(start, end).join('\n').trimEnd();
}

function headingNumber(line: string): string | undefined {
  return /^#+ ([\d.]*\d)/.exec(line)?.[1];
}

function rankOf(line: string): number {
  return /^#*/.exec(line)?.[0].length ?? 0;
}
