/**
 * The tests of the faulty servers in one language: every server against every check of its protocol.
 *
 * One language to a test file, so that two of them run beside each other. What must fail is in
 * catalogue.ts; what is shown first is kept in messages/.
 */
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, it } from 'vitest';
import { runInArena } from '../../arena.ts';
import { checksFor } from '../../checks/catalogue.ts';
import type { CheckResult } from '../../checks/result.ts';
import { sorted } from '../../report/text.ts';
import { faultyServers, specOf } from './catalogue.ts';
import type { FaultyServer } from './entry.ts';

/** The same payloads in every run, so that messages can be compared. */
const SEED = 1;
const TEST_TIMEOUT_MS = 600_000;

/** Most of a wrong server's run is spent waiting for what never comes, so several run beside each other. */
export function testFaultyServers(language: FaultyServer['language']): void {
  const servers = faultyServers.filter((server) => server.language === language);
  const correct = servers.filter(({ mustFail }) => mustFail.length === 0);
  const faulty = servers.filter(({ mustFail }) => mustFail.length > 0);

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
        const kept = join(import.meta.dirname, 'messages', `${server.language}-${server.name}.txt`);
        await expect(messageOf(first)).toMatchFileSnapshot(kept);
      },
    );
  });
}

/** The failed checks in the order in which they are shown. */
async function failuresOf(server: FaultyServer): Promise<CheckResult[]> {
  const checks = checksFor(server.suite).filter(({ tier }) => tier !== 'full');
  const { results } = await runInArena({ spec: specOf(server), checks, seed: SEED, tier: 'quick' });
  return sorted(results).filter(({ verdict }) => verdict === 'fail');
}

/** FIN, or RST when something was still unread: where both are a wrong end, which of them comes first is chance. */
const ENDING = /the server sent FIN|the connection was reset \(RST\)/;

/** What a student reads, without the numbers and the kind of ending that differ between runs. */
function messageOf(result: CheckResult | undefined): string {
  const { expected = '', actual = '', cause, hint } = result?.failure?.facts ?? {};
  const lines = [
    `${result?.id}: a server ${result?.title}`,
    `expected  ${expected.replace(/\d{4,5}/g, 'N')}`,
    `actual    ${actual
      .replace(ENDING, 'the connection ended')
      .replace(/\d+(\.\d+)?/g, 'N')
      .replace(/\(in [a-z0-9.-]+\)/, '(in a check)')}`,
    `likely cause: ${cause?.replace(/\d{4,5}/g, 'N')}`,
    `look at: ${hint}`,
  ];
  return `${stripVTControlCharacters(lines.join('\n'))}\n`;
}
