/**
 * Servers that misbehave as processes, against the checks of the catalogue: each gets a verdict that names the cause, within the limits
 * of time, memory and output, and leaves no process.
 */
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checksFor } from '../checks/catalogue.ts';
import type { Check } from '../checks/check.ts';
import type { Failure } from '../checks/result.ts';
import { runChecks } from '../checks/run.ts';
import { livingWithEnvironment } from '../process-tree.ts';
import { commandServer } from '../servers.ts';

const UNRULY = join(import.meta.dirname, 'fixtures', 'unruly.ts');

/** The failure of one check against `node unruly.ts WAY`, by itself. */
async function failureOf(way: string, check: Check | undefined): Promise<Failure['facts'] | undefined> {
  if (!check) throw new Error('no such check');
  const env = { BAD_SERVER_OF: String(process.pid) };
  const spec = { ...commandServer('tcp-echo', [process.execPath, UNRULY, way]), env };
  const [result] = await runChecks({ spec, checks: [check], seed: 1, tier: 'quick', whyNoArena: 'a test' });
  return result?.failure?.facts;
}

function checkNamed(id: string): Check | undefined {
  return checksFor('tcp-echo').find((check) => check.id === id);
}

/** Waits until the server is gone: whatever a check sees after that, it is not the cause. */
const untilItIsGone: Check = {
  id: 'a.test',
  title: 'is there',
  rule: 'docs/contract.md section 7',
  level: 'must',
  tier: 'quick',
  topic: 'process',
  suites: ['tcp-echo'],
  why: 'a test',
  how: 'a test',
  run: async (context) => {
    await context.within('the end of the server', context.server.exited);
    await context.stillServes();
  },
};

afterEach(() => expect(livingWithEnvironment(`BAD_SERVER_OF=${process.pid}`)).toEqual([]));

describe('a server that', () => {
  it('prints its ready line twice is told that it did', async () => {
    expect(await failureOf('says-ready-twice', checkNamed('obs.stdout-clean'))).toMatchObject({
      actual: expect.stringContaining('{\\"ready\\":true'),
      cause: expect.stringContaining('the ready line was printed twice'),
    });
  });

  it('lies about its port is told that nobody listens there', async () => {
    expect(await failureOf('lies-about-its-port', checkNamed('ready.truth'))).toMatchObject({
      expected: 'a connection to 127.0.0.1:1',
      actual: 'ECONNREFUSED',
      cause: expect.stringContaining('or it is another port'),
    });
  });

  it('answers nobody is found out at once, and by one check', { timeout: 30_000 }, async () => {
    expect(await failureOf('answers-nobody', checkNamed('ready.truth'))).toMatchObject({
      expected: 'the first byte of an answer',
      cause: expect.stringContaining('nobody reads what comes there'),
    });
  });

  it('goes into the background at once is told to stay in the foreground', async () => {
    expect(await failureOf('goes-into-background', checkNamed('ready.line'))).toMatchObject({
      actual: expect.stringMatching(/it exited with code 0 before|its process had ended when/),
      hint: expect.stringContaining('stay in the foreground'),
    });
  });

  it('hides a part of itself in another session is told what was left', async () => {
    expect(await failureOf('hides-a-daemon', checkNamed('stop.no-orphans'))).toMatchObject({
      actual: expect.stringMatching(/^1 still ran: pid \d+/),
      cause: expect.stringContaining('the server went into the background'),
    });
  });

  it('floods stderr is ended, and told so whatever the check saw', async () => {
    expect(await failureOf('floods-stderr-for-ever', untilItIsGone)).toMatchObject({
      expected: 'a server that keeps within bounds while it is checked',
      actual: 'it wrote more than 64 MiB to stderr and was ended',
    });
  });

  it('floods stdout is ended, and told so whatever the check saw', async () => {
    expect(await failureOf('floods-stdout', untilItIsGone)).toMatchObject({
      actual: 'it wrote more than 1 MiB to stdout and was ended',
      hint: 'stdout carries the ready line only; log to stderr',
    });
  });
});
