/**
 * docs/own-language.md and its servers in Python: they pass what the page says, fail what it says, and the page quotes them as they are.
 */
import { describe, expect, it } from 'vitest';
import { arenaMode, runInArena } from '../arena.ts';
import { catalogue } from '../checks/catalogue.ts';
import type { Check } from '../checks/check.ts';
import type { CheckResult } from '../checks/result.ts';
import { serverFromCommand } from '../commands/arguments.ts';
import { cumulativeChecks, findExercise, loadExercises } from '../learn/exercise.ts';
import type { Suite } from '../servers.ts';
import { readFile } from './repository-files.ts';

const PAGE = readFile('docs/own-language.md');
const FOLDER = 'docs/own-language';
const exercises = loadExercises();
const fences = [...PAGE.matchAll(/^```python\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);

async function judge(suite: Suite, file: string, checks: readonly Check[]): Promise<CheckResult[]> {
  const spec = serverFromCommand(suite, `python3 ${FOLDER}/${file}`);
  const { results } = await runInArena({ spec, checks, seed: 1, tier: 'quick' }, arenaMode());
  return results;
}

const failed = (results: readonly CheckResult[]): string[] =>
  results.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);

const named = (...words: string[]): Check[] =>
  words.flatMap((word) => catalogue.filter(({ id }) => id === word || id.startsWith(`${word}.`)));

describe('the servers of docs/own-language.md', () => {
  it('pass what the first two exercises demand of tcp-echo, and keep the contract of flags and ports', async () => {
    const demanded = cumulativeChecks(exercises, findExercise(exercises, 'half-close'));
    const contract = named('bind', 'tcp.nodelay', 'stop.term-idle', 'stop.sigint', 'bp.slow-reader');
    const results = await judge('tcp-echo', 'tcp-echo.py', [...demanded, ...contract]);
    expect(failed(results)).toEqual([]);
    expect(results.length).toBe(demanded.length + contract.length);
    expect(results.some(({ verdict }) => verdict === 'pass')).toBe(true);
  });

  it('pass what frame-codec demands of framed', async () => {
    const demanded = cumulativeChecks(exercises, findExercise(exercises, 'frame-codec'));
    const results = await judge('framed', 'framed.py', demanded);
    expect(failed(results)).toEqual([]);
    expect(results.some(({ verdict }) => verdict === 'pass')).toBe(true);
  });

  it('fail the check that the page shows, with the words that it shows', async () => {
    const [result] = await judge('tcp-echo', 'tcp-echo.py', named('abuse.idle-timeout'));
    const { expected, cause, hint } = result?.failure?.facts ?? {};
    expect(result?.verdict).toBe('fail');
    for (const words of [expected, cause, hint])
      expect(PAGE).toContain(words ?? 'a failure without these words');
  });
});

describe('docs/own-language.md', () => {
  it('quotes its programs as they are', () => {
    const programs = ['tcp-echo.py', 'framed.py'].map((file) => readFile(`${FOLDER}/${file}`));
    expect(fences).toHaveLength(programs.length);
    for (const [index, quoted] of fences.entries()) expect(programs[index]).toContain(quoted);
  });

  it('names the checks of every exercise, in the order of the exercises', () => {
    const rows = [...PAGE.matchAll(/^\| \d \| (\S+) \| (\S+) \| (.+) \|$/gm)];
    const shown = rows.map(([, id, suite, ids = '']) => [
      id,
      suite,
      ids.replaceAll('`', '').split(' ').sort(),
    ]);
    expect(shown).toEqual(exercises.map(({ id, suite, checks }) => [id, suite, checks.toSorted()]));
  });
});
