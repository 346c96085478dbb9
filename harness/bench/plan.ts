/**
 * The schedule of a run: which step follows which, and how long each takes. The total is known before anything starts.
 *
 * Data only. Rounds come first to last over all scenarios, so that the duels of one scenario are spread over the whole
 * run: the machine drifts, and six duels in a row would see one of its states. rounds.ts carries the steps out.
 */
import type { Suite } from '../servers.ts';
import { type Contender, protocolsOf } from './contenders.ts';
import type { PeerName } from './peers.ts';
import { SCENARIOS, type Scenario, scenario } from './scenarios.ts';
import { SIDES, type Side, type Step } from './step.ts';

export interface Timing {
  /** Duels per scenario; the range of 6 is an exact 97 % interval of the median. */
  duels: number;
  duelMs: number;
  /** Before the first duel of a scenario: Node compiles its hot paths. */
  firstWarmupMs: number;
  /** Before the later ones: connections and caches. */
  warmupMs: number;
  sliceMs: number;
  /** Finds the capacity of which the open loop offers half. */
  calibrationMs: number;
  openMs: number;
  /** CPU time and engine load of one server alone. */
  costMs: number;
  /** System calls of one server alone, while traced. */
  traceMs: number;
  datagramMs: number;
  idleConnections: number;
}

export const NORMAL: Timing = {
  duels: 6,
  duelMs: 3000,
  firstWarmupMs: 2000,
  warmupMs: 300,
  sliceMs: 8,
  calibrationMs: 500,
  openMs: 1500,
  costMs: 700,
  traceMs: 400,
  datagramMs: 400,
  idleConnections: 1000,
};

/** Shows that everything works, and roughly where things stand; never a verdict. */
export const QUICK: Timing = {
  duels: 1,
  duelMs: 800,
  firstWarmupMs: 400,
  warmupMs: 100,
  sliceMs: 8,
  calibrationMs: 200,
  openMs: 400,
  costMs: 200,
  traceMs: 100,
  datagramMs: 100,
  idleConnections: 200,
};

export interface Plan {
  timing: Timing;
  scenarios: Scenario[];
  /** Scenarios that were asked for and cannot run, and why. */
  leftOut: { id: string; why: string }[];
  steps: Step[];
  totalMs: number;
}

export interface PlanRequest {
  a: Contender;
  b: Contender;
  timing: Timing;
  /** Ids; empty: all. */
  only: readonly string[];
  /** Peers to measure, those that are installed. */
  peers: readonly PeerName[];
}

/** Connecting, draining and reporting, on top of the time under load. */
const OVERHEAD_MS = 100;
const TRACER_START_MS = 200;
const START_MS = 200;
/** All gates together may take 10 s. */
const GATES_MS = 10_000;
const SELF_CHECK_SCENARIO = '64x1';

/** Scenarios of `SCENARIOS` with these ids, in their order; all for an empty list. Throws RangeError on an unknown id. */
export function chosenScenarios(only: readonly string[]): Scenario[] {
  if (only.length === 0) return [...SCENARIOS];
  const wanted = only.map(scenario);
  return SCENARIOS.filter((one) => wanted.includes(one));
}

/** Lays out the whole run. */
export function planRun(request: PlanRequest): Plan {
  const { a, b, timing } = request;
  const shared = protocolsOf(a).filter((protocol) => protocolsOf(b).includes(protocol));
  const chosen = chosenScenarios(request.only);
  const scenarios = chosen.filter((one) => shared.includes(one.protocol));
  const leftOut = chosen
    .filter((one) => !scenarios.includes(one))
    .map((one) => ({ id: one.id, why: `${a.label} and ${b.label} do not both speak ${one.protocol}` }));
  const steps = [
    ...gateSteps(request, scenarios),
    ...roundSteps(request, scenarios),
    ...costSteps(request, scenarios),
    ...memorySteps(request, scenarios),
    ...floorSteps(request, scenarios),
    ...peerSteps(request, scenarios),
  ];
  const totalMs = steps.reduce((sum, step) => sum + step.estimateMs, 0);
  return { timing, scenarios, leftOut, steps, totalMs };
}

function contender(request: PlanRequest, side: Side): Contender {
  return side === 'a' ? request.a : request.b;
}

function protocolsUsed(scenarios: readonly Scenario[]): Suite[] {
  return [...new Set(scenarios.map((one) => one.protocol))];
}

/** The sides whose processes are ours: a remote one shows neither CPU time nor memory. */
function localSides(request: PlanRequest): Side[] {
  return SIDES.filter((side) => !contender(request, side).remote);
}

function gateSteps(request: PlanRequest, scenarios: readonly Scenario[]): Step[] {
  const protocols = protocolsUsed(scenarios);
  const sides = localSides(request);
  const estimateMs = GATES_MS / Math.max(6, sides.length * protocols.length);
  return protocols.flatMap((protocol) =>
    sides.map((side): Step => ({ kind: 'gate', side, protocol, estimateMs })),
  );
}

function roundSteps(request: PlanRequest, scenarios: readonly Scenario[]): Step[] {
  const { timing } = request;
  const steps: Step[] = [];
  const middle = Math.ceil(timing.duels / 2);
  for (let round = 1; round <= timing.duels; round++) {
    for (const one of scenarios) steps.push(...scenarioSteps(timing, one, round));
    if (round === middle) steps.push(...selfCheckSteps(request, scenarios));
  }
  return steps;
}

function scenarioSteps(timing: Timing, one: Scenario, round: number): Step[] {
  const warmupMs = round === 1 ? timing.firstWarmupMs : timing.warmupMs;
  if (one.kind === 'duel')
    return [
      { kind: 'duel', scenario: one, round, warmupMs, estimateMs: warmupMs + timing.duelMs + OVERHEAD_MS },
    ];
  const calibration: Step = {
    kind: 'calibration',
    scenario: one,
    estimateMs: 2 * (timing.firstWarmupMs + timing.calibrationMs + OVERHEAD_MS),
  };
  const open: Step = {
    kind: 'open',
    scenario: one,
    round,
    warmupMs: timing.warmupMs,
    estimateMs: 2 * (timing.warmupMs + timing.openMs + OVERHEAD_MS),
  };
  return round === 1 ? [calibration, open] : [open];
}

/** A server against a second instance of itself: B's, or A's where B cannot be started twice. */
function selfCheckSteps(request: PlanRequest, scenarios: readonly Scenario[]): Step[] {
  const side = localSides(request).at(-1);
  const one = scenarios.find(({ id }) => id === SELF_CHECK_SCENARIO) ?? scenarios[0];
  if (!side || !one) return [];
  const { firstWarmupMs, duelMs } = request.timing;
  const estimateMs = 2 * START_MS + firstWarmupMs + duelMs + OVERHEAD_MS;
  return [{ kind: 'self-check', side, scenario: one, estimateMs }];
}

function costSteps(request: PlanRequest, scenarios: readonly Scenario[]): Step[] {
  const { costMs, traceMs } = request.timing;
  const estimateMs = costMs + OVERHEAD_MS + traceMs + OVERHEAD_MS + TRACER_START_MS;
  return scenarios
    .filter((one) => one.kind === 'duel')
    .flatMap((one) =>
      localSides(request).map((side): Step => ({ kind: 'cost', scenario: one, side, estimateMs })),
    );
}

function memorySteps(request: PlanRequest, scenarios: readonly Scenario[]): Step[] {
  const { idleConnections, datagramMs } = request.timing;
  const sides = localSides(request);
  const memoryMs = START_MS + 200 + idleConnections * 0.4;
  const memory = protocolsUsed(scenarios)
    .filter((protocol) => protocol !== 'udp-echo')
    .flatMap((protocol) =>
      sides.map((side): Step => ({ kind: 'memory', protocol, side, estimateMs: memoryMs })),
    );
  const datagrams = scenarios
    .filter((one) => one.protocol === 'udp-echo')
    .flatMap((one) =>
      sides.map(
        (side): Step => ({ kind: 'datagrams', scenario: one, side, estimateMs: START_MS + datagramMs + 300 }),
      ),
    );
  return [...memory, ...datagrams];
}

function floorSteps({ timing }: PlanRequest, scenarios: readonly Scenario[]): Step[] {
  const used = protocolsUsed(scenarios);
  const estimateMs = START_MS + 2 * (timing.costMs + OVERHEAD_MS);
  const steps: Step[] = [];
  if (used.some((protocol) => protocol !== 'udp-echo'))
    steps.push({ kind: 'floor', transport: 'tcp', estimateMs });
  if (used.includes('udp-echo')) steps.push({ kind: 'floor', transport: 'udp', estimateMs });
  return steps;
}

/** Which scenarios a peer takes part in. */
const PEER_SCENARIOS: Readonly<Record<PeerName, readonly string[]>> = {
  'blocking-tcp': ['ping-pong', 'bulk'],
  'blocking-udp': ['udp-1', 'udp-64'],
  'libuv-echo': ['ping-pong', '64x1', '64x16', 'bulk'],
  'go-echo': ['ping-pong', '64x1', '64x16', 'bulk'],
  redis: ['ping-pong', '64x1', '64x16'],
  socat: ['ping-pong', '64x1'],
  'socket-pipe': ['64x1', 'bulk'],
  'dgram-plain': ['udp-64'],
  'framed-send-per-frame': ['framed-16'],
  'framed-naive-concat': ['framed-16'],
};

/** Each peer against B (A where B is not of its protocol), one duel a scenario. */
function peerSteps({ peers, timing }: PlanRequest, scenarios: readonly Scenario[]): Step[] {
  const estimateMs = timing.firstWarmupMs + timing.duelMs + OVERHEAD_MS + START_MS;
  return peers.flatMap((name) =>
    scenarios
      .filter((one) => PEER_SCENARIOS[name].includes(one.id))
      .map((one): Step => ({ kind: 'peer', peer: name, scenario: one, side: 'b', estimateMs })),
  );
}
