/**
 * Proves that the checks bite: every deliberately wrong server fails exactly the checks that its
 * fault breaks, and the message that is shown first is the one that is kept in faulty/messages/.
 * Correct servers of an unusual kind pass everything.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { runInArena } from '../arena.ts';
import { catalogue, checksFor } from '../checks/catalogue.ts';
import type { CheckResult } from '../checks/result.ts';
import { sorted } from '../report/text.ts';
import { type FaultyServer, faultyServers, specOf } from './faulty/catalogue.ts';

/** The same payloads in every run, so that messages can be compared. */
const SEED = 1;
const TEST_TIMEOUT_MS = 600_000;

/** Files that are no server of their own. */
const BASES = ['contract', 'frames', 'tcp', 'buffer', 'framed', 'udp', 'base'];

describe('the checks', () => {
  it.each(catalogue)('$id is failed by a faulty server', ({ id }) => {
    expect(faultyServers.filter(({ mustFail }) => mustFail.includes(id))).not.toEqual([]);
  });
});

describe('the table of faulty servers', () => {
  it.each(['c', 'ts'] as const)('names every server in %s/', (language) => {
    const files = readdirSync(join(import.meta.dirname, 'faulty', language))
      .map((file) => file.replace(/\.\w+$/, ''))
      .filter((name) => !BASES.includes(name));
    const named = faultyServers.filter((server) => server.language === language).map(({ name }) => name);
    expect([...named].sort()).toEqual([...new Set(files)].sort());
  });
});

const correct = faultyServers.filter(({ mustFail }) => mustFail.length === 0);
const faulty = faultyServers.filter(({ mustFail }) => mustFail.length > 0);

// Most of a wrong server's run is spent waiting for what never comes, so several run beside each other.
describe('an unusual but correct server', () => {
  it.concurrent.for(correct)(
    'passes every check: $language/$name',
    { timeout: TEST_TIMEOUT_MS },
    async (server, { expect }) => {
      expect((await failuresOf(server)).map(({ id, failure }) => ({ id, ...failure?.facts }))).toEqual([]);
    },
  );
});

describe('a faulty server', () => {
  it.concurrent.for(faulty)(
    'fails exactly what its fault breaks: $language/$name',
    { timeout: TEST_TIMEOUT_MS },
    async (server, { expect }) => {
      const failures = await failuresOf(server);
      const failed = failures.map(({ id }) => id);
      const { mustFail, mayFail = [] } = server;
      expect(failed.filter((id) => !mayFail.includes(id))).toEqual([...mustFail]);
      const first = failures.find(({ id }) => id === mustFail[0]);
      await expect(messageOf(first)).toMatchFileSnapshot(
        join('faulty', 'messages', `${server.language}-${server.name}.txt`),
      );
    },
  );
});

/** The failed checks in the order in which they are shown. */
async function failuresOf(server: FaultyServer): Promise<CheckResult[]> {
  const checks = checksFor(server.suite).filter(({ tier }) => tier !== 'full');
  const { results } = await runInArena({ spec: specOf(server), checks, seed: SEED, tier: 'quick' });
  return sorted(results).filter(({ verdict }) => verdict === 'fail');
}

/** What a student reads, without the numbers that differ between runs. */
function messageOf(result: CheckResult | undefined): string {
  const { expected = '', actual = '', cause, hint } = result?.failure?.facts ?? {};
  const lines = [
    `${result?.id}: a server ${result?.title}`,
    `expected  ${expected.replace(/\d{4,5}/g, 'N')}`,
    `actual    ${actual.replace(/\d+(\.\d+)?/g, 'N').replace(/\(in [a-z0-9.-]+\)/, '(in a check)')}`,
    `likely cause: ${cause?.replace(/\d{4,5}/g, 'N')}`,
    `look at: ${hint}`,
  ];
  return `${stripVTControlCharacters(lines.join('\n'))}\n`;
}
