/**
 * What a run has found so far, as it was measured. summarize.ts turns it into the document that is stored and shown.
 *
 * It is filled step by step, so that an interrupted run still has everything that was measured until then.
 */
import type { CheckResult } from '../checks/result.ts';
import { ExitCode } from '../exit-codes.ts';
import type { Measurement, RunResult } from '../native/load.ts';
import type { Suite } from '../servers.ts';
import type { DatagramBalance } from './datagrams.ts';
import type { Noise } from './noise.ts';
import type { Plan } from './plan.ts';
import type { CpuTime } from './process-time.ts';
import type { Scenario } from './scenarios.ts';
import type { Side } from './step.ts';

export interface DuelFinding {
  round: number;
  /** A / B of each pair of slices. */
  ratios: number[];
  a: Measurement;
  b: Measurement;
  engineBusy: number;
}

export interface OpenFinding {
  round: number;
  a: RunResult;
  b: RunResult;
}

/** One server alone under full load. */
export interface CostFinding {
  messages: number;
  cpu: CpuTime;
  /** Share of the time in which the server's CPU time passed; above 1 with several threads. */
  serverBusy: number;
  engineBusy: number;
  systemCalls: { perMessage: number; by: 'perf' | 'strace' } | { notMeasured: string };
}

export interface ScenarioFindings {
  scenario: Scenario;
  duels: DuelFinding[];
  opens: OpenFinding[];
  /** Open loop only, messages per second. */
  offeredRate?: number;
  costs: Partial<Record<Side, CostFinding>>;
  /** Why it was given up, one sentence. */
  failure?: string;
}

interface GateFinding {
  side: Side;
  protocol: Suite;
  results: CheckResult[];
}

export interface MemoryFinding {
  side: Side;
  protocol: Suite;
  connections: number;
  outcome: { bytesPerConnection: number } | { notMeasured: string };
}

export interface DatagramFinding {
  side: Side;
  scenario: Scenario;
  outcome: DatagramBalance | { notMeasured: string };
}

/** The blocking client against the blocking server: no event loop on either side. */
export interface FloorFinding {
  transport: 'tcp' | 'udp';
  outcome: { messagesPerSecond: number; p50Ns: number } | { notMeasured: string };
}

interface PeerFinding {
  name: string;
  what: string;
  scenario: Scenario;
  /** The contender that it met. */
  side: Side;
  /** Ratio contender / peer. */
  outcome: DuelFinding | { notMeasured: string };
}

export interface Findings {
  scenarios: Map<string, ScenarioFindings>;
  gates: GateFinding[];
  selfCheck?: { side: Side; scenario: Scenario; duel: DuelFinding };
  memory: MemoryFinding[];
  datagrams: DatagramFinding[];
  floor: FloorFinding[];
  peers: PeerFinding[];
  noise?: Noise;
  /** One line each: what went wrong with a contender. */
  failures: string[];
  /** Of the first failure. */
  exitCode: number;
}

export function emptyFindings(plan: Plan): Findings {
  const scenarios = plan.scenarios.map((scenario): [string, ScenarioFindings] => [
    scenario.id,
    { scenario, duels: [], opens: [], costs: {} },
  ]);
  return {
    scenarios: new Map(scenarios),
    gates: [],
    memory: [],
    datagrams: [],
    floor: [],
    peers: [],
    failures: [],
    exitCode: ExitCode.ok,
  };
}
