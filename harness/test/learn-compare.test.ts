/**
 * The comparison of a learner's server: which steps of the bench it takes, what it says about given figures, and one real, short run.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { QUICK } from '../bench/plan.ts';
import { benchRun } from '../bench/schema.ts';
import { buildExercise } from '../learn/build.ts';
import { compareServers, named, pairPlan, scenariosOf } from '../learn/compare.ts';
import { comparedRows, comparisonText, costSentence, whatTheFiguresMean } from '../learn/compare-text.ts';
import { findExercise, loadExercises } from '../learn/exercise.ts';
import { referenceServer, type ServerSpec } from '../servers.ts';
import { benchRunFixture, scenarioResult, side } from './fixtures/bench-run.ts';
import { PlantedExercises } from './planted-exercises.ts';

const REFERENCE = named('reference, C', 'c', referenceServer('tcp-echo', 'c'));
const YOURS = named('yours', 'ts', referenceServer('tcp-echo', 'ts'));

/** A run in which 64 messages are under way. */
const run = benchRunFixture({
  contenders: { a: { label: 'yours', text: 'a' }, b: { label: 'reference, C', text: 'b' } },
  memory: [
    { contender: 'yours', protocol: 'tcp-echo', connections: 9, outcome: { bytesPerConnection: 10_240 } },
    { contender: 'reference, C', protocol: 'tcp-echo', connections: 9, outcome: { notMeasured: 'it ended' } },
  ],
});

describe('the plan of a comparison', () => {
  const kinds = (isFirst: boolean): string[] =>
    pairPlan(YOURS, REFERENCE, ['64x1'], { ...QUICK, duels: 2 }, isFirst).steps.map((step) =>
      'side' in step ? `${step.kind} ${step.side}` : step.kind,
    );

  it('measures the learner, the other and the machine with the first pair', () => {
    expect(kinds(true)).toEqual(['duel', 'self-check b', 'duel', 'cost a', 'cost b', 'memory a', 'memory b']);
  });

  it('measures only what is new with the others', () => {
    expect(kinds(false)).toEqual(['duel', 'duel', 'cost b', 'memory b']);
  });

  it.each(['tcp-echo', 'udp-echo', 'framed'] as const)('knows scenarios of %s', (suite) => {
    const [a, b] = [referenceServer(suite, 'ts'), referenceServer(suite, 'c')];
    const plan = pairPlan(named('a', 'ts', a), named('b', 'c', b), scenariosOf(suite), QUICK, true);
    expect(plan.scenarios.map(({ id }) => id)).toEqual(scenariosOf(suite));
  });
});

describe('what a comparison says', () => {
  const costs = (userNs: number, systemNs: number, calls: number) =>
    side({
      cpuPerMessage: { userNs, systemNs, totalNs: userNs + systemNs },
      systemCallsPerMessage: { calls, by: 'perf' },
    });

  it.each([
    [
      'more system calls',
      costs(1000, 9000, 4),
      'A message costs yours 4.00 us more CPU time: 4.00 us more in the kernel, 0.00 us more in the program itself. System calls go with the time in the kernel: yours makes 4.00 a message, this one 2.00.',
    ],
    [
      'fewer system calls',
      costs(1000, 3000, 1),
      'A message costs yours 2.00 us less CPU time: 2.00 us less in the kernel, 0.00 us more in the program itself. System calls go with the time in the kernel: yours makes 1.00 a message, this one 2.00.',
    ],
    [
      'a slower program',
      costs(5000, 5000, 2.1),
      'A message costs yours 4.00 us more CPU time: 0.00 us more in the kernel, 4.00 us more in the program itself. System calls do not tell them apart: yours makes 2.10 a message, this one 2.00.',
    ],
    [
      'fewer system calls and yet more time in the kernel',
      costs(1000, 8000, 1),
      'A message costs yours 3.00 us more CPU time: 3.00 us more in the kernel, 0.00 us more in the program itself. System calls are not the reason: yours makes 1.00 a message, this one 2.00.',
    ],
  ])('names %s', (_, a, sentence) => {
    expect(costSentence({ a, b: costs(1000, 5000, 2) })).toBe(sentence);
  });

  it('looks at the time without work when the costs are alike', () => {
    const idle = side({ load: { engineBusy: 0.5, serverBusy: 0.4 } });
    expect(costSentence({ a: idle, b: side() })).toBe(
      'A message costs both about the same CPU time: 6.00 us yours, 6.00 us this one. Yours was busy 40 % of the time, this one 100 %.',
    );
  });

  it('is silent about costs that nobody measured', () => {
    const remote = side({ cpuPerMessage: { notMeasured: 'it is remote' } });
    expect(costSentence({ a: remote, b: side() })).toBe('');
    expect(costSentence({ a: side() })).toBe('');
  });

  it('explains latency at full load and what memory comes to', () => {
    expect(whatTheFiguresMean([run])).toEqual([
      '64x1: 64 messages are under way at any time, so each takes 64 / 53,000 per second = 1207.5 us on average; p50 of yours is 600.0 us.',
      'memory of an idle connection: yours 10.0 KiB, reference, C not measured; 10,000 of them are 98 MiB of yours.',
    ]);
  });

  it('shows the learner first, then each other with its ratio, and a dash for what is not known', () => {
    expect(comparedRows([run]).map(({ server, ratio }) => [server, ratio?.value])).toEqual([
      ['yours', undefined],
      ['reference, C', 0.53],
    ]);
    const lines = comparisonText([run]).split('\n');
    expect(lines[2]).toMatch(/^64x1 +yours +53,000 +600\.0 +900\.0 +6\.00 +2\.03 +10\.0$/);
    expect(lines[3]).toMatch(/^64x1 +reference, C +100,000 .* - +0\.53 \[0\.50, 0\.56\]$/);
  });

  it('tells once why something is missing, and that it was interrupted', () => {
    const failed = scenarioResult({
      verdict: { kind: 'not-measured', words: 'x', remarks: ['others used 1'] },
    });
    const broken = { ...run, complete: false, failures: ['memory: it ended'], scenarios: [failed] };
    expect(comparisonText([broken, broken]).split('\n').slice(-3)).toEqual([
      'failed: memory: it ended',
      'others used 1',
      'interrupted: what was measured so far',
    ]);
  });
});

describe('a comparison', () => {
  let planted: PlantedExercises;
  let spec: ServerSpec;

  beforeAll(async () => {
    planted = new PlantedExercises();
    const exercise = findExercise(loadExercises(planted.root), 'second');
    const built = await buildExercise(exercise, 'ts', { root: planted.root, author: 'solution' });
    if (!built.ok) throw new Error(built.messages);
    spec = built.spec;
  });
  afterAll(() => planted.remove());

  it('measures by the bench: a document a pair, and the figures of the learner in each', async () => {
    const told: string[] = [];
    const runs = await compareServers(
      named('yours', 'ts', spec),
      [named('reference, TypeScript', 'ts', referenceServer('tcp-echo', 'ts')), REFERENCE],
      ['ping-pong'],
      {
        timing: { ...QUICK, duelMs: 200, firstWarmupMs: 50, idleConnections: 20 },
        quick: true,
        seed: 1,
        signal: new AbortController().signal,
        progress: { write: (text) => told.push(text) },
      },
    );
    expect(told[0]).toMatch(/^2 servers beside yours, about 0:0\d\n$/);
    const documents = runs.map((one) => benchRun.parse(JSON.parse(JSON.stringify(one))));
    expect(documents.map(({ failures }) => failures)).toEqual([[], []]);
    for (const { scenarios } of documents) {
      expect(scenarios[0]?.a?.messages).toBeGreaterThan(0);
      expect(scenarios[0]?.a?.cpuPerMessage).toHaveProperty('totalNs');
      expect(scenarios[0]?.b?.cpuPerMessage).toHaveProperty('totalNs');
    }
    expect(comparedRows(runs).every(({ bytesPerConnection }) => bytesPerConnection !== undefined)).toBe(true);
    expect(comparisonText(runs)).toMatch(/^ping-pong +reference, C +[\d,]+ /m);
  });
});
