/**
 * The checks of `make check` as tests: every reference server, every check, each reported by itself.
 * SANITIZE=1 adds the builds with ASan and UBSan.
 */
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { arenaMode, runInArena } from '../arena.ts';
import { checksFor } from '../checks/catalogue.ts';
import type { CheckResult } from '../checks/result.ts';
import { failureText } from '../report/failure.ts';
import { referenceServers, type ServerSpec, SUITES } from '../servers.ts';

const RUN_TIMEOUT_MS = 300_000;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const SERVERS = [
  ...referenceServers(),
  ...(process.env.SANITIZE ? referenceServers(SUITES, ['c-sanitize']) : []),
];

function textOf(result: CheckResult, spec: ServerSpec): string {
  return stripVTControlCharacters(failureText(result, spec, { seed: SEED, tier: 'quick' }));
}

describe.each(SERVERS)('$name', (spec) => {
  const checks = checksFor(spec.protocol).filter(({ tier }) => tier !== 'full');
  const results = new Map<string, CheckResult>();

  beforeAll(async () => {
    const run = await runInArena({ spec, checks, seed: SEED, tier: 'quick' });
    for (const result of run.results) results.set(result.id, result);
  }, RUN_TIMEOUT_MS);

  it('is judged by every check exactly once', () => {
    expect([...results.keys()].sort()).toEqual(checks.map(({ id }) => id).sort());
  });

  for (const { id, title } of checks) {
    it(`${title} (${id})`, ({ skip }) => {
      const result = results.get(id);
      if (!result) throw new Error(`${id} gave no result`);
      if (result.verdict === 'fail') expect.fail(textOf(result, spec));
      if (result.verdict === 'pass') return;
      if (arenaMode() === 'require') expect.fail(`not judged, and ARENA=require: ${result.why}`);
      skip(result.why);
    });
  }
});
