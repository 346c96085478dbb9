import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Check, CheckFailure, Noted, NotJudged } from '../checks/check.ts';
import type { CheckContext, Server } from '../checks/context.ts';
import type { CheckResult } from '../checks/result.ts';
import { HarnessTrouble, runChecks } from '../checks/run.ts';
import { teardownChecks } from '../checks/teardown.ts';
import { livingSessionMembers } from '../process-tree.ts';
import { commandServer, type ServerSpec } from '../servers.ts';

const TINY = join(import.meta.dirname, 'fixtures', 'tiny-echo.ts');

function tinyEcho(env: Record<string, string> = {}): ServerSpec {
  return { ...commandServer('tcp-echo', [process.execPath, TINY]), name: 'tiny', env };
}

function checkOf(
  id: string,
  run: (context: CheckContext) => Promise<void>,
  more: Partial<Check> = {},
): Check {
  const facts = {
    title: 'does something',
    rule: 'RFC 862',
    level: 'must',
    tier: 'quick',
    topic: 'tcp',
    why: 'it matters',
    how: 'like this',
  } as const;
  return { id, ...facts, suites: ['tcp-echo'], run, ...more };
}

function run(
  checks: Check[],
  spec = tinyEcho(),
  seed = 7,
  first: readonly string[] = [],
): Promise<CheckResult[]> {
  return runChecks({ spec, checks, seed, first, tier: 'quick', whyNoArena: 'a test' });
}

async function runOne(check: Check, spec?: ServerSpec): Promise<CheckResult> {
  const [result] = await run([check], spec);
  if (!result) throw new Error('one check gives one result');
  return result;
}

describe('the executor', () => {
  it('passes a check that notes something, and keeps the note with its steps', async () => {
    const facts = { expected: 'the one', actual: 'the other' };
    const noting = checkOf('a.note', async (context) => {
      context.step('look');
      throw new Noted(facts);
    });
    expect(await runOne(noting)).toMatchObject({ verdict: 'pass', note: { facts, steps: ['look'] } });
  });

  it('passes a check that returns', async () => {
    const result = await runOne(checkOf('a.pass', (context) => context.stillServes()));
    expect(result).toMatchObject({ id: 'a.pass', verdict: 'pass', server: 'tiny' });
  });

  it('fails a check that throws CheckFailure, with its steps and what the server logged', async () => {
    const result = await runOne(
      checkOf('a.fail', async (context) => {
        context.step('ask for tea');
        throw new CheckFailure({ expected: 'tea', actual: 'coffee', hint: 'the other pot?' });
      }),
    );
    expect(result.verdict).toBe('fail');
    expect(result.failure).toEqual({
      facts: { expected: 'tea', actual: 'coffee', hint: 'the other pot?' },
      steps: ['ask for tea'],
      stderr: 'event=listen',
    });
  });

  it('does not judge a check that throws NotJudged, nor one whose needs are not met', async () => {
    const stated = checkOf('a.stated', async () => {
      throw new NotJudged('no second address');
    });
    const needy = checkOf('a.needy', async () => {}, { needs: ['arena'] });
    const results = await run([stated, needy]);
    expect(new Map(results.map(({ id, verdict, why }) => [id, `${verdict}: ${why}`]))).toEqual(
      new Map([
        ['a.stated', 'not judged: no second address'],
        ['a.needy', 'not judged: no arena: a test'],
      ]),
    );
  });

  it('begins no further check once it is aborted', async () => {
    const end = new AbortController();
    const checks = Array.from({ length: 9 }, (_, i) =>
      checkOf(`a.check-${i}`, async () => end.abort(), { startsServer: false, exclusive: true }),
    );
    const settings = { spec: tinyEcho(), seed: 7, tier: 'quick', whyNoArena: 'a test' } as const;
    expect(await runChecks({ ...settings, checks, signal: end.signal })).toHaveLength(1);
  });

  it('calls anything else that a check throws trouble of the harness', async () => {
    const broken = checkOf('a.broken', async () => {
      throw new TypeError('undefined is not a function');
    });
    await expect(run([broken])).rejects.toThrow(HarnessTrouble);
    await expect(run([broken])).rejects.toThrow('the check a.broken itself went wrong: TypeError');
  });

  it('ends a check at its deadline and says what it waited for', async () => {
    // Nothing is started: how long that takes must not decide which wait the deadline finds.
    const waiting = checkOf(
      'a.waiting',
      (context) => context.within('the third byte', new Promise<void>(() => {})),
      { deadlineFactor: 0.05, startsServer: false },
    );
    const result = await runOne(waiting);
    expect(result.failure?.facts).toEqual({
      expected: 'the third byte',
      actual: 'nothing more happened within 0.5 s',
    });
  });

  it('keeps the verdict of a check that fails while something that it began still waits', async () => {
    const fixture = join(import.meta.dirname, 'fixtures', 'abandons-a-wait.ts');
    expect((await promisify(execFile)(process.execPath, [fixture])).stdout).toBe('fail: another\n');
  });

  it('counts the deadline from the last thing that happened, so that many steps are no fault', async () => {
    const steps = checkOf(
      'a.steps',
      async (context) => {
        for (let step = 0; step < 3; step++) await context.elapse(300, 'work');
      },
      { deadlineFactor: 0.05, startsServer: false },
    );
    expect((await runOne(steps)).verdict).toBe('pass');
  });

  it('reports how a server ended that died under a check', async () => {
    const result = await runOne(
      checkOf('a.crash', (context) => context.stillServes()),
      tinyEcho({ CRASH: '1' }),
    );
    expect(result.failure?.crash).toEqual({ code: null, signal: 'SIGSEGV' });
  });

  it.each(['ready.line', 'a.first'])(
    'does not judge the others when %s fails, and runs it first',
    async (id) => {
      const order: string[] = [];
      const first = checkOf(id, async () => {
        order.push(id);
        throw new CheckFailure({ expected: 'a', actual: 'b' });
      });
      const other = checkOf('a.other', async () => {
        order.push('a.other');
      });
      const results = await run([other, first], tinyEcho(), 7, ['a.first']);
      expect(order).toEqual([id]);
      expect(results.map((result) => [result.id, result.verdict, result.why])).toEqual([
        [id, 'fail', undefined],
        ['a.other', 'not judged', `${id} failed`],
      ]);
    },
  );

  it('gives a check the same random bytes alone as among others, and others with another seed', async () => {
    const seen = new Map<string, string[]>();
    const drawing = (id: string): Check =>
      checkOf(
        id,
        async (context) => {
          seen.set(id, [...(seen.get(id) ?? []), context.random.bytes(8).toString('hex')]);
        },
        { startsServer: false },
      );
    await run([drawing('a.one'), drawing('a.two')]);
    await run([drawing('a.two')]);
    await run([drawing('a.two')], tinyEcho(), 8);
    const [together, alone, otherSeed] = seen.get('a.two') ?? [];
    expect(alone).toBe(together);
    expect(otherSeed).not.toBe(together);
    expect(seen.get('a.one')?.[0]).not.toBe(together);
  });

  it('leaves no server behind, whichever way a check ends', async () => {
    const servers: Server[] = [];
    const starting = (id: string, end: () => void): Check =>
      checkOf(id, async (context) => {
        servers.push(context.server, await context.start());
        end();
      });
    const failing = (): never => {
      throw new CheckFailure({ expected: 'a', actual: 'b' });
    };
    await run([starting('a.pass', () => {}), starting('a.fail', failing)]);
    expect(servers).toHaveLength(4);
    expect(servers.flatMap(({ pid }) => livingSessionMembers(pid))).toEqual([]);
  });

  it('never runs an exclusive check beside another', async () => {
    let running = 0;
    const overlaps: number[] = [];
    const counting = (id: string, exclusive: boolean): Check =>
      checkOf(
        id,
        async (context) => {
          running++;
          await context.stillServes();
          if (exclusive) overlaps.push(running);
          running--;
        },
        { exclusive },
      );
    await run([counting('a.1', false), counting('a.2', true), counting('a.3', false), counting('a.4', true)]);
    expect(overlaps).toEqual([1, 1]);
  });
});

describe('the teardown checks', () => {
  it('pass for a clean server, and start one themselves when they run alone', async () => {
    const results = await run([...teardownChecks]);
    expect(results.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
  });

  it('find a second line on stdout in a server that another check had started', async () => {
    const other = checkOf('a.other', (context) => context.stillServes());
    const results = await run([other, ...teardownChecks], tinyEcho({ SURPLUS: '1' }));
    const failed = results.filter(({ verdict }) => verdict === 'fail');
    expect(failed.map(({ id }) => id)).toEqual(['obs.stdout-clean']);
    expect(failed[0]?.failure?.facts.actual).toBe('more after it: "one client so far" (in a.other)');
  });
});
