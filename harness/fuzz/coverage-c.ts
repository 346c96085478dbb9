/**
 * Reads what gcov says of the C codec. A branch of gcov is one way out of a condition: both `true` and `false` count.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileCoverage } from './coverage.ts';

interface GcovReport {
  files: { file: string; lines: { line_number: number; count: number; branches: { count: number }[] }[] }[];
}

/** All sources in `objects`, a folder below servers-c's build; the programs have run. */
export function readGcov(directory: string, objects: string): FileCoverage[] {
  const data = readdirSync(objects).filter((name) => name.endsWith('.gcda'));
  const args = [
    '--json-format',
    '--stdout',
    '--branch-probabilities',
    ...data.map((name) => join(objects, name)),
  ];
  const printed = execFileSync('gcov', args, { cwd: directory, encoding: 'utf8' });
  const reports = printed.trim().split('\n');
  return reports.flatMap((line) => (JSON.parse(line) as GcovReport).files.map(coverageOf));
}

function coverageOf({ file, lines }: GcovReport['files'][number]): FileCoverage {
  const branches = lines.flatMap((line) =>
    line.branches.map(({ count }) => ({ count, line: line.line_number })),
  );
  return {
    file: `servers-c/${file}`,
    lines: {
      total: lines.length,
      missed: lines.filter(({ count }) => count === 0).map((line) => `${line.line_number}`),
    },
    branches: {
      total: branches.length,
      missed: branches.filter(({ count }) => count === 0).map(({ line }) => `${line}`),
    },
  };
}
