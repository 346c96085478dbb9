/**
 * Holds the table of faulty servers to account: it names every server that is there, and no check goes without a
 * server that fails it. That they do fail is proved in faulty-c.test.ts and faulty-ts.test.ts.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../checks/catalogue.ts';
import { faultyServers } from './faulty/catalogue.ts';

/** Files that are no server of their own. */
const BASES = ['contract', 'frames', 'tcp', 'buffer', 'framed', 'replies', 'udp', 'base'];

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
