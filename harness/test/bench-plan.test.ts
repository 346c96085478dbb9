import { describe, expect, it } from 'vitest';
import { parseContender } from '../bench/contenders.ts';
import { chosenScenarios, NORMAL, type Plan, planRun, QUICK, type Timing } from '../bench/plan.ts';
import { SCENARIOS } from '../bench/scenarios.ts';

const [ts, c] = [await parseContender('ts'), await parseContender('c')];
const remote = await parseContender('192.0.2.7:9000');

function plan(timing: Timing = NORMAL, only: string[] = []): Plan {
  return planRun({ a: ts, b: c, timing, only, peers: ['blocking-tcp', 'blocking-udp'] });
}

describe('the plan of a run', () => {
  it('takes at most 6 minutes by default', () => {
    expect(plan().totalMs).toBeLessThanOrEqual(6 * 60_000);
  });

  it('takes at most 45 s when it is quick', () => {
    const quick = planRun({ a: ts, b: c, timing: QUICK, only: [], peers: [] });
    expect(quick.totalMs).toBeLessThanOrEqual(45_000);
  });

  it('reckons at least the time under load of every step', () => {
    for (const step of plan().steps)
      if (step.kind === 'duel') expect(step.estimateMs).toBeGreaterThanOrEqual(step.warmupMs + NORMAL.duelMs);
  });

  it('goes through all scenarios before any of them has its next duel', () => {
    const rounds = plan().steps.flatMap((step) => (step.kind === 'duel' ? [step.round] : []));
    expect(rounds).toEqual([...rounds].sort((x, y) => x - y));
    expect(new Set(rounds).size).toBe(6);
  });

  it('gives each scenario six duels, the first with the long warm-up', () => {
    const warmups = plan().steps.flatMap((step) =>
      step.kind === 'duel' && step.scenario.id === 'bulk' ? [step.warmupMs] : [],
    );
    expect(warmups).toEqual([2000, 300, 300, 300, 300, 300]);
  });

  it('has one self-check, in the middle', () => {
    const kinds = plan().steps.map((step) => step.kind);
    expect(kinds.filter((kind) => kind === 'self-check')).toHaveLength(1);
    const at = kinds.indexOf('self-check');
    expect(kinds.slice(0, at)).toContain('duel');
    expect(kinds.slice(at)).toContain('duel');
  });

  it('opens with the gates, before anything is measured', () => {
    const kinds = plan().steps.map((step) => step.kind);
    expect(kinds.lastIndexOf('gate')).toBeLessThan(kinds.indexOf('duel'));
    expect(kinds.filter((kind) => kind === 'gate')).toHaveLength(6);
  });

  it('never traces while duels are running', () => {
    const kinds = plan().steps.map((step) => step.kind);
    expect(kinds.indexOf('cost')).toBeGreaterThan(kinds.lastIndexOf('duel'));
  });

  it('has the scenarios that were asked for, in the order of the list', () => {
    const { scenarios } = plan(NORMAL, ['open', 'bulk']);
    expect(scenarios.map(({ id }) => id)).toEqual(['bulk', 'open']);
  });

  it('refuses a scenario that does not exist, and names those that do', () => {
    expect(() => chosenScenarios(['bulk', 'bulks'])).toThrow(/no scenario bulks; there are ping-pong, 64x1/);
  });

  it('leaves out, with the reason, what the contenders do not both speak', () => {
    const { scenarios, leftOut } = planRun({ a: remote, b: c, timing: NORMAL, only: [], peers: [] });
    expect(scenarios.every(({ protocol }) => protocol === 'tcp-echo')).toBe(true);
    expect(leftOut).toContainEqual({
      id: 'framed-1',
      why: '192.0.2.7:9000 and C do not both speak framed',
    });
  });

  it('asks nothing of a remote server that only its own machine could tell', () => {
    const { steps } = planRun({ a: remote, b: c, timing: NORMAL, only: [], peers: [] });
    const local = steps.filter((step) => 'side' in step && step.kind !== 'peer');
    expect(local.map((step) => ('side' in step ? step.side : ''))).not.toContain('a');
  });

  it('has every scenario that the documentation promises, each id once', () => {
    const ids = SCENARIOS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([
      'ping-pong',
      '64x1',
      '64x16',
      'bulk',
      'connect',
      'udp-1',
      'udp-64',
      'framed-1',
      'framed-16',
      'open',
    ]);
  });
});

describe('a contender', () => {
  it('is a track with all three protocols', () => {
    expect([...ts.specs.keys()]).toEqual(['tcp-echo', 'udp-echo', 'framed']);
    expect(ts.label).toBe('TypeScript');
  });

  it('is a server of the registry or a peer by its name', async () => {
    expect([...(await parseContender('framed/c')).specs.keys()]).toEqual(['framed']);
    expect([...(await parseContender('blocking-udp')).specs.keys()]).toEqual(['udp-echo']);
  });

  it('is an address that runs already, over IPv4 or IPv6, of any protocol', async () => {
    expect(remote.remote).toEqual({ target: { host: '192.0.2.7', port: 9000 }, protocol: 'tcp-echo' });
    expect((await parseContender('framed@[::1]:9000')).remote).toEqual({
      target: { host: '::1', port: 9000 },
      protocol: 'framed',
    });
    expect((await parseContender('localhost:80')).remote?.target.host).toBe('127.0.0.1');
  });

  it.each([
    ['example.org:80', /give the address as numbers/],
    ['127.0.0.1:0', /port must be from 1 to 65535/],
    ['127.0.0.1:65536', /port must be from 1 to 65535/],
    [' ', /a contender is missing/],
    ['no-such-program', /no-such-program was not found \(known by name: ts, c/],
    ["./a 'b", /unfinished quote/],
  ])('is refused in one line: %s', async (text, reason) => {
    const error = await parseContender(text).catch((one: Error) => one);
    expect((error as Error).message).toMatch(reason);
    expect((error as Error).message).not.toContain('\n');
  });
});
