/**
 * The C tests, as tests of Vitest: builds and runs them with make, and turns each line of their TAP into a test.
 *
 * What they check stands in the *_test.c files beside this one. A crash of the C program fails the plan.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const directory = fileURLToPath(new URL('..', import.meta.url));
const run = spawnSync('make', ['--silent', '--no-print-directory', '-C', directory, 'test'], {
  encoding: 'utf8',
  timeout: 300_000,
});

interface Result {
  sentence: string;
  ok: boolean;
  /** The comment lines before it: where and why it failed. */
  remarks: string[];
}

function readTap(lines: string[]): { planned: number; results: Result[] } {
  let planned = 0;
  let remarks: string[] = [];
  const results: Result[] = [];
  for (const line of lines) {
    const plan = /^1\.\.(\d+)$/.exec(line);
    const result = /^(ok|not ok) \d+ - (.*)$/.exec(line);
    if (plan) planned = Number(plan[1]);
    if (line.startsWith('# ')) remarks.push(line);
    if (result) {
      results.push({ ok: result[1] === 'ok', sentence: result[2] ?? '', remarks });
      remarks = [];
    }
  }
  return { planned, results };
}

const { planned, results } = readTap(run.stdout.split('\n'));

describe('the C tests, under ASan and UBSan', () => {
  test('build, and run to the end', () => {
    expect(planned, run.stderr).toBeGreaterThan(0);
    expect(results.length, run.stderr).toBe(planned);
  });

  test.each(results)('$sentence', ({ ok, remarks }) => {
    expect(ok, remarks.join('\n')).toBe(true);
  });

  test('make says so too', () => {
    expect(run.status, run.stderr).toBe(0);
  });
});
