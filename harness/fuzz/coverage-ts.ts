/**
 * Reads what V8 says of the TypeScript codec (NODE_V8_COVERAGE). Node blanks types out in place, so that offsets in
 * what ran are offsets in the source.
 *
 * V8 counts blocks: a function, a branch of `if`, `?:`, `&&` and `??`, a loop, what follows a `return`. An `if` without
 * `else` whose condition never was false has no block to show for it: for that, planted faults are the better proof.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FileCoverage } from './coverage.ts';

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

interface V8Report {
  result: { url: string; functions: { ranges: Range[] }[] }[];
}

/** The sources in `folder` (from the root) that a program has run; its coverage was written to `reports`. */
export function readV8(root: string, folder: string, reports: string): FileCoverage[] {
  const ran = readdirSync(reports).flatMap(
    (name) => (JSON.parse(readFileSync(join(reports, name), 'utf8')) as V8Report).result,
  );
  return readdirSync(join(root, folder)).map((name) => {
    const file = join(folder, name);
    const url = pathToFileURL(join(root, file)).href;
    const functions = ran.filter((script) => script.url === url).flatMap((script) => script.functions);
    const ranges = functions.flatMap((one) => one.ranges);
    return coverageOf(file, readFileSync(join(root, file), 'utf8'), ranges);
  });
}

/** A source that did not run at all has no ranges: then every line is missed. */
function coverageOf(file: string, source: string, ranges: readonly Range[]): FileCoverage {
  const missed = ranges.filter(({ count }) => count === 0);
  const lines = source.split('\n').flatMap((text, index, all) => {
    if (text.trim() === '' || text.trimStart().startsWith('//')) return [];
    const start = all.slice(0, index).join('\n').length + (index === 0 ? 0 : 1);
    const code = start + text.search(/\S/);
    const isMissed = ranges.length === 0 || missed.some((range) => contains(range, code));
    return [{ number: index + 1, isMissed }];
  });
  return {
    file,
    lines: {
      total: lines.length,
      missed: lines.filter(({ isMissed }) => isMissed).map(({ number }) => `${number}`),
    },
    branches: {
      total: Math.max(1, ranges.length),
      missed: ranges.length === 0 ? ['1:1'] : missed.map(({ startOffset }) => placeOf(source, startOffset)),
    },
  };
}

function contains({ startOffset, endOffset }: Range, offset: number): boolean {
  return startOffset <= offset && offset < endOffset;
}

function placeOf(source: string, offset: number): string {
  const before = source.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
