import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { parseContender } from '../bench/contenders.ts';
import { emptyFindings, type Findings } from '../bench/findings.ts';
import type { Bench, LoadEngine } from '../bench/measure.ts';
import { NoiseMeter } from '../bench/noise.ts';
import { placementFor } from '../bench/placement.ts';
import { type Plan, planRun, QUICK } from '../bench/plan.ts';
import { runPlan } from '../bench/rounds.ts';
import { Session } from '../bench/session.ts';
import { LoadFailure } from '../native/failure.ts';
import type {
  Duel,
  DuelResult,
  LoadFailureFacts,
  Measurement,
  RunHandle,
  RunResult,
} from '../native/load.ts';

const target = { host: '192.0.2.7', port: 9000 };

function measurement(messages: number): Measurement {
  const latency = build();
  latency.recordValueWithCount(1000, messages);
  return { messages, bytes: 64 * messages, durationNs: 1e9, latency };
}

function handle<Result>(result: Result): RunHandle<Result> {
  return {
    result: Promise.resolve(result),
    progress: () => ({ phase: 'measuring', messages: 0, elapsedMs: 0 }),
    cancel: () => {},
  };
}

const duelResult: DuelResult = {
  a: measurement(500),
  b: measurement(1000),
  rates: Float64Array.of(500, 1000, 500, 1000),
  engineCpuNs: 1e9,
  engineBusy: 0.5,
  cancelled: false,
};
const runResult: RunResult = { ...measurement(1000), engineCpuNs: 1e9, engineBusy: 0.5, cancelled: false };

/** Answers at once. `duel` may be replaced. */
function fakeEngine(duel: LoadEngine['duel'] = () => handle(duelResult)): LoadEngine {
  return { closedLoop: () => handle(runResult), openLoop: () => handle(runResult), duel };
}

function failing(facts: Omit<LoadFailureFacts, 'target'>): RunHandle<DuelResult> {
  const result = Promise.reject(new LoadFailure({ ...facts, target }));
  return { ...handle(duelResult), result };
}

async function bench(engine: LoadEngine, signal = new AbortController().signal) {
  const [a, b] = [await parseContender('192.0.2.7:9000'), await parseContender('192.0.2.8:9000')];
  const timing = { ...QUICK, duels: 2 };
  const plan = planRun({ a, b, timing, only: ['ping-pong', 'bulk', 'open'], peers: [] });
  plan.steps = plan.steps.filter((step) => step.kind !== 'floor');
  const session = new Session(a, b, placementFor([0, 1], true));
  const noise = new NoiseMeter();
  const settings: Bench = { session, engine, timing, seed: 1, noise, signal, onProgress: () => {} };
  return { plan, settings, findings: emptyFindings(plan) };
}

async function run(
  engine: LoadEngine,
  signal?: AbortSignal,
): Promise<{ plan: Plan; findings: Findings; lines: string[] }> {
  const { plan, settings, findings } = await bench(engine, signal);
  const lines: string[] = [];
  await runPlan(plan, settings, findings, { begins: () => {}, tells: (line) => lines.push(line) });
  return { plan, findings, lines };
}

const isBulk = ({ workA }: Duel): boolean => workA.messageBytes === 65_536;

describe('a run', () => {
  it('measures every duel of the plan, and offers half of the capacity in the open loop', async () => {
    const { findings, lines } = await run(fakeEngine());
    expect(findings.scenarios.get('ping-pong')?.duels).toHaveLength(2);
    expect(findings.scenarios.get('open')?.offeredRate).toBe(500);
    expect(findings.scenarios.get('open')?.opens).toHaveLength(2);
    expect(findings.failures).toEqual([]);
    expect(lines).toContain('round 1, ping-pong: ratio 0.500');
  });

  it('gives up a scenario in which a server answers wrongly, with one line, and goes on with the others', async () => {
    const wrong = {
      kind: 'wrong-byte',
      connection: 3,
      id: 7,
      offset: 12,
      expected: 0x61,
      actual: 0x62,
    } as const;
    const engine = fakeEngine((duel) => (isBulk(duel) ? failing(wrong) : handle(duelResult)));
    const { findings, lines } = await run(engine);
    expect(findings.scenarios.get('bulk')?.duels).toEqual([]);
    expect(findings.scenarios.get('ping-pong')?.duels).toHaveLength(2);
    expect(findings.failures).toHaveLength(1);
    expect(findings.failures[0]).toMatch(/^round 1, bulk: .*wrong byte.*offset 12/);
    expect(lines.filter((line) => line.includes('wrong byte'))).toHaveLength(1);
    expect(findings.exitCode).toBe(1);
  });

  it('keeps what was measured before a failure', async () => {
    let bulkDuels = 0;
    const engine = fakeEngine((duel) =>
      isBulk(duel) && ++bulkDuels === 2 ? failing({ kind: 'reset', connection: 0 }) : handle(duelResult),
    );
    const { findings } = await run(engine);
    expect(findings.scenarios.get('bulk')?.duels).toHaveLength(1);
    expect(findings.scenarios.get('bulk')?.failure).toMatch(/reset/);
  });

  it.each([
    ['refused', 69],
    ['connect-timeout', 69],
    ['stalled', 124],
    ['out-of-ports', 71],
    ['closed', 1],
  ] as const)('ends with its own exit code when a server %s', async (kind, exitCode) => {
    const { findings } = await run(fakeEngine(() => failing({ kind, connection: 0 })));
    expect(findings.exitCode).toBe(exitCode);
  });

  it('ends at once when it is interrupted, and keeps what it had', async () => {
    const controller = new AbortController();
    let duels = 0;
    const cancelled = Promise.withResolvers<DuelResult>();
    const engine = fakeEngine(() => {
      if (++duels === 1) return handle(duelResult);
      queueMicrotask(() => controller.abort());
      return {
        ...handle(duelResult),
        result: cancelled.promise,
        cancel: () => cancelled.resolve({ ...duelResult, cancelled: true }),
      };
    });
    const { findings } = await run(engine, controller.signal);
    expect(duels).toBe(2);
    expect(findings.scenarios.get('ping-pong')?.duels).toHaveLength(1);
    expect(findings.scenarios.get('bulk')?.duels).toEqual([]);
    expect(findings.failures).toEqual([]);
  });
});

describe('the place of servers and engine', () => {
  it('is one CPU each', () => {
    expect(placementFor([2, 3])).toMatchObject({ serverCpu: 2, engineCpu: 3 });
  });

  it('is shared where there is one CPU, and says so', () => {
    const { serverCpu, engineCpu, words } = placementFor([0]);
    expect([serverCpu, engineCpu]).toEqual([undefined, undefined]);
    expect(words).toContain('one CPU only');
  });

  it('is not chosen for a remote server, and says so', () => {
    expect(placementFor([0, 1], true)).toMatchObject({ serverCpu: 0, engineCpu: 1 });
    expect(placementFor([0, 1], true).words).toContain('remote');
  });
});
