/**
 * The tests of the faulty servers in one language: every server against every check of its protocol.
 *
 * One language to a test file, so that two of them run beside each other. What must fail is in
 * catalogue.ts; what is shown first is kept in messages/.
 */
import { describe, it } from 'vitest';
import { runInArena } from '../../arena.ts';
import { checksFor } from '../../checks/catalogue.ts';
import type { CheckResult } from '../../checks/result.ts';
import { sorted } from '../../report/text.ts';
import { faultyServers, specOf } from './catalogue.ts';
import type { FaultyServer } from './entry.ts';
import { messageFile, messageOf } from './message.ts';

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
        const { mustFail, mayFail, first } = server;
        expect(failed.filter((id) => !mayFail.includes(id))).toEqual([...mustFail]);
        const shownFirst = failures.find(({ id }) => id === first);
        expect(shownFirst).toBeDefined();
        const message = messageOf(server, shownFirst as CheckResult);
        await expect(message).toMatchFileSnapshot(messageFile(server));
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
