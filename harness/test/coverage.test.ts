/**
 * The figures of `make coverage` fall when something is not reached: programs with one branch that is not taken.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { percent } from '../fuzz/coverage.ts';
import { readGcov } from '../fuzz/coverage-c.ts';
import { readV8 } from '../fuzz/coverage-ts.ts';
import { findProgram } from '../path-search.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coverage-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('coverage of TypeScript', () => {
  const SOURCE = `// A comment is no line.
interface Pair { a: number; b?: number }

export function sum(pair: Pair): number {
  return pair.a + (pair.b ?? 7);
}
export function never(): number {
  return 1;
}
sum({ a: 1, b: 2 });
`;

  it('names the lines and the blocks that did not run, by their place in the source', () => {
    mkdirSync(join(folder, 'wire'));
    writeFileSync(join(folder, 'wire/sum.ts'), SOURCE);
    const reports = join(folder, 'reports');
    execFileSync(process.execPath, [join(folder, 'wire/sum.ts')], {
      env: { ...process.env, NODE_V8_COVERAGE: reports, NODE_COMPILE_CACHE: '' },
    });
    const [coverage] = readV8(folder, 'wire', reports);
    expect(coverage).toMatchObject({
      file: 'wire/sum.ts',
      lines: { missed: ['8', '9'] },
      branches: { missed: ['5:27', '7:8'] },
    });
  });

  it('misses all of a file that nothing loads', () => {
    mkdirSync(join(folder, 'wire'));
    mkdirSync(join(folder, 'reports'));
    writeFileSync(join(folder, 'wire/sum.ts'), SOURCE);
    const [coverage] = readV8(folder, 'wire', join(folder, 'reports'));
    expect(coverage && [percent(coverage.lines), percent(coverage.branches)]).toEqual([0, 0]);
  });
});

describe.skipIf(findProgram('gcov') === undefined)('coverage of C', () => {
  it('names the lines of conditions whose one outcome never came', () => {
    const source =
      'int main(int argc, char **argv) {\n    (void)argv;\n    if (argc > 1)\n        return 1;\n    return 0;\n}\n';
    writeFileSync(join(folder, 'one.c'), source);
    execFileSync('gcc', ['-O0', '--coverage', '-c', 'one.c', '-o', 'one.o'], { cwd: folder });
    execFileSync('gcc', ['--coverage', 'one.o', '-o', 'one'], { cwd: folder });
    execFileSync(join(folder, 'one'), { cwd: folder });
    expect(readGcov(folder, folder)).toMatchObject([
      { file: 'servers-c/one.c', branches: { total: 2, missed: ['3'] } },
    ]);
  });
});
