/**
 * What a rule is and how it is checked: the section of the document that states it, and the checks that hold
 * servers to it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import type { Check, Level, Tier } from '../checks/check.ts';
import { ROOT } from '../servers.ts';

/** A rule that names a section of a document of this repository: `docs/protocol.md section 4`. */
const SECTION = /^(docs\/[\w-]+\.md) section ([\d.]+)/;

export const LEVEL_MEANS: Readonly<Record<Level, string>> = {
  must: 'a server that fails it breaks the contract or the protocol',
  should: 'a good server does it; it counts as failed where it does not',
  info: 'worth knowing; where no rule is broken, a report only notes what it saw',
};

export const TIER_MEANS: Readonly<Record<Tier, string>> = {
  quick: 'runs always',
  full: 'takes longer, and runs with `TIER=full` only',
  scaled: 'runs always, with a tenth of the load unless `TIER=full`',
};

const LINE_WIDTH = 120;

/** Explains one check: what it demands, why, how that is checked, and the words of the rule. */
export function explainCheck(check: Check): string {
  const lines = [
    `${styleText('bold', check.id)}  (topic ${check.topic}; ${check.suites.join(', ')})`,
    `A server ${check.title}.`,
    '',
    wrapped(`Why it matters: ${check.why}`),
    '',
    wrapped(`How it is checked: ${check.how}`),
    '',
    `Level ${check.level}: ${LEVEL_MEANS[check.level]}.`,
    `Tier ${check.tier}: ${TIER_MEANS[check.tier]}.`,
    ...needs(check),
    '',
    `Try it: make check S=${check.suites[0]} TRACK=c ID=${check.id}${check.tier === 'full' ? ' TIER=full' : ''}`,
    `The rule: ${check.rule}`,
  ];
  const text = ruleText(check.rule);
  return (text ? [...lines, '', ...text.split('\n').map((line) => `  ${line}`.trimEnd())] : lines).join('\n');
}

const NEEDS = {
  arena: 'a private network namespace (`make doctor` says whether this machine allows one)',
  native: 'the addon (`make addon`)',
  prlimit: 'the program prlimit (util-linux)',
} as const;

function needs({ needs = [] }: Check): string[] {
  return needs.map((need) => `It needs ${NEEDS[need]}; without, it is not judged.`);
}

/** Breaks a paragraph into lines of at most 120 characters. */
export function wrapped(paragraph: string): string {
  const lines: string[] = [];
  for (const word of paragraph.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > LINE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
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
