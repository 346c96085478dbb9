/**
 * Carries out a plan, step by step, and decides what a failure means: the scenario is given up, the others go on.
 *
 * It fills the findings that it was given, so that an interrupted run keeps what was measured until then.
 */
import { HarnessTrouble } from '../checks/run.ts';
import { ExitCode } from '../exit-codes.ts';
import { LoadFailure } from '../native/failure.ts';
import type { Suite } from '../servers.ts';
import type { DuelFinding, Findings, ScenarioFindings } from './findings.ts';
import { gateFailure, runGate } from './gate.ts';
import {
  type Bench,
  Cancelled,
  capacityOf,
  costOf,
  datagramsOf,
  duelOf,
  duelWith,
  floorOf,
  memoryOf,
  offeredRate,
  openOf,
} from './measure.ts';
import { peer } from './peers.ts';
import type { Plan } from './plan.ts';
import type { Scenario } from './scenarios.ts';
import { ContenderGone, type Running } from './session.ts';
import { median } from './statistics.ts';
import { describe, type Side, type Step } from './step.ts';

/** A process that has reset its connections is reaped within this time. */
const EXIT_WAIT_MS = 200;

/** Hears what happens; the command line draws it. */
export interface Observer {
  begins(step: Step, index: number): void;
  /** One line for people, without a newline. */
  tells(line: string): void;
}

/** Resolves when the plan is done or `bench.signal` was aborted. Rejects only for trouble of the harness itself. */
export async function runPlan(
  plan: Plan,
  bench: Bench,
  findings: Findings,
  observer: Observer,
): Promise<void> {
  const run = new Rounds(bench, findings, observer);
  const aborted = new Promise<void>((resolve) => {
    bench.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  for (const [index, step] of plan.steps.entries()) {
    if (bench.signal.aborted) break;
    if (run.isGivenUp(step)) continue;
    observer.begins(step, index);
    // A step that Ctrl-C cannot end (a gate) is not waited for: its servers end with this process.
    await Promise.race([run.attempt(step), aborted]);
  }
  const noise = bench.noise.summary();
  if (noise) findings.noise = noise;
}

class Rounds {
  readonly #bench: Bench;
  readonly #findings: Findings;
  readonly #observer: Observer;

  constructor(bench: Bench, findings: Findings, observer: Observer) {
    this.#bench = bench;
    this.#findings = findings;
    this.#observer = observer;
  }

  isGivenUp(step: Step): boolean {
    if ('protocol' in step)
      return this.#withProtocol(step.protocol).every((one) => one.failure !== undefined);
    // The self-check judges the machine, not the scenario.
    if (!('scenario' in step) || step.kind === 'self-check') return false;
    return this.#of(step.scenario).failure !== undefined;
  }

  async attempt(step: Step): Promise<void> {
    try {
      await this.#carryOut(step);
    } catch (error) {
      if (error instanceof Cancelled || this.#bench.signal.aborted) return;
      if (error instanceof HarnessTrouble) throw error;
      // A server that fails under load was told of when it did so first.
      if (step.kind === 'self-check' && this.#of(step.scenario).failure !== undefined) return;
      await this.#fail(step, error);
    }
  }

  #carryOut(step: Step): Promise<void> {
    switch (step.kind) {
      case 'gate':
        return this.#gate(step.side, step.protocol);
      case 'duel':
        return this.#duel(step.scenario, step.round, step.warmupMs);
      case 'calibration':
        return this.#calibrate(step.scenario);
      case 'open':
        return this.#open(step.scenario, step.round);
      case 'self-check':
        return this.#selfCheck(step.side, step.scenario);
      case 'cost':
        return this.#cost(step.scenario, step.side);
      case 'memory':
        return this.#memory(step.protocol, step.side);
      case 'datagrams':
        return this.#datagrams(step.scenario, step.side);
      case 'floor':
        return this.#floor(step.transport);
      case 'peer':
        return this.#peer(step);
    }
  }

  async #gate(side: Side, protocol: Suite): Promise<void> {
    const { session, seed } = this.#bench;
    const spec = session.spec(side, protocol);
    if (!spec) return;
    const results = await runGate(spec, seed);
    this.#findings.gates.push({ side, protocol, results });
    const failure = gateFailure(session.contenders[side].label, protocol, results);
    if (failure) throw new ContenderGone(failure);
  }

  async #duel(scenario: Scenario, round: number, warmupMs: number): Promise<void> {
    const { a, b } = await this.#both(scenario);
    const found = await duelOf(this.#bench, scenario, a, b, round, warmupMs);
    this.#of(scenario).duels.push(found);
    this.#tellRatio(`round ${round}, ${scenario.id}`, found);
  }

  async #calibrate(scenario: Scenario): Promise<void> {
    const { a, b } = await this.#both(scenario);
    const capacityA = await capacityOf(this.#bench, scenario, a);
    const capacityB = await capacityOf(this.#bench, scenario, b);
    this.#of(scenario).offeredRate = offeredRate(capacityA, capacityB);
  }

  async #open(scenario: Scenario, round: number): Promise<void> {
    const findings = this.#of(scenario);
    const rate = findings.offeredRate;
    if (rate === undefined) throw new Error('the capacity of the servers is not known');
    const found = await openOf(this.#bench, scenario, await this.#both(scenario), round, rate);
    findings.opens.push(found);
    const p99 = (side: Side): string => (found[side].latency.getValueAtPercentile(99) / 1000).toFixed(0);
    this.#observer.tells(
      `round ${round}, ${scenario.id}: p99 ${this.#label('a')} ${p99('a')} us, ${this.#label('b')} ${p99('b')} us`,
    );
  }

  async #selfCheck(side: Side, scenario: Scenario): Promise<void> {
    const { session, timing } = this.#bench;
    const spec = session.spec(side, scenario.protocol);
    if (!spec) return;
    const pair: Running[] = [];
    try {
      const first = await session.start(spec);
      pair.push(first);
      const second = await session.start(spec);
      pair.push(second);
      const duel = await duelOf(this.#bench, scenario, first, second, 1, timing.firstWarmupMs);
      this.#findings.selfCheck = { side, scenario, duel };
      this.#tellRatio(`self-check, ${this.#label(side)} against itself`, duel);
    } finally {
      await Promise.all(pair.map((one) => session.end(one)));
    }
  }

  async #cost(scenario: Scenario, side: Side): Promise<void> {
    const server = await this.#server(side, scenario.protocol);
    this.#of(scenario).costs[side] = await costOf(this.#bench, scenario, server);
  }

  async #memory(protocol: Suite, side: Side): Promise<void> {
    const spec = this.#bench.session.spec(side, protocol);
    if (!spec) return;
    const connections = this.#bench.timing.idleConnections;
    const outcome = await memoryOf(this.#bench, spec);
    this.#findings.memory.push({ side, protocol, connections, outcome });
  }

  async #datagrams(scenario: Scenario, side: Side): Promise<void> {
    const spec = this.#bench.session.spec(side, scenario.protocol);
    if (!spec) return;
    const outcome = await datagramsOf(this.#bench, spec, scenario.work);
    this.#findings.datagrams.push({ side, scenario, outcome });
  }

  async #floor(transport: 'tcp' | 'udp'): Promise<void> {
    this.#findings.floor.push({ transport, outcome: await floorOf(this.#bench, transport) });
  }

  async #peer({ peer: name, scenario, side }: Extract<Step, { kind: 'peer' }>): Promise<void> {
    const one = peer(name);
    const contender = await this.#server(side, scenario.protocol);
    const work = one.fixed
      ? { ...scenario.work, protocol: 'fixed' as const, fixed: one.fixed }
      : scenario.work;
    const outcome = await duelWith(this.#bench, scenario, contender, one, work);
    this.#findings.peers.push({ name, what: one.what, scenario, side, outcome });
    this.#tellRatio(`${scenario.id}, ${this.#label(side)} / ${name}`, outcome);
  }

  /** One line, and the scenarios that cannot be measured any more. */
  async #fail(step: Step, error: unknown): Promise<void> {
    const why = error instanceof Error ? error.message : String(error);
    if (step.kind === 'floor')
      this.#findings.floor.push({ transport: step.transport, outcome: { notMeasured: why } });
    else if (step.kind === 'peer') this.#peerFailed(step, why);
    else await this.#contenderFailed(step, why, exitCodeOf(error));
  }

  #peerFailed({ peer: name, scenario, side }: Extract<Step, { kind: 'peer' }>, why: string): void {
    const { what } = peer(name);
    this.#findings.peers.push({ name, what, scenario, side, outcome: { notMeasured: why } });
    this.#observer.tells(`${scenario.id}, ${name}: not measured: ${why}`);
  }

  async #contenderFailed(step: Step, why: string, exitCode: number): Promise<void> {
    if (step.kind === 'memory') {
      const { side, protocol } = step;
      const connections = this.#bench.timing.idleConnections;
      this.#findings.memory.push({ side, protocol, connections, outcome: { notMeasured: why } });
    }
    if (step.kind === 'datagrams')
      this.#findings.datagrams.push({
        side: step.side,
        scenario: step.scenario,
        outcome: { notMeasured: why },
      });
    const protocol =
      'protocol' in step ? step.protocol : 'scenario' in step ? step.scenario.protocol : undefined;
    const gone = protocol === undefined ? undefined : await this.#whyGone(protocol);
    const line = `${describe(step)}: ${gone && !why.includes(gone) ? `${gone}; ${why}` : why}`;
    if (this.#findings.failures.length === 0) this.#findings.exitCode = exitCode;
    this.#findings.failures.push(line);
    this.#observer.tells(line);
    if (protocol !== undefined && (gone !== undefined || step.kind === 'gate'))
      for (const one of this.#withProtocol(protocol)) one.failure ??= gone ?? why;
    else if (step.kind === 'duel' || step.kind === 'open' || step.kind === 'calibration')
      this.#of(step.scenario).failure ??= why;
  }

  async #whyGone(protocol: Suite): Promise<string | undefined> {
    for (const side of ['a', 'b'] as const) {
      const { session } = this.#bench;
      const why = await session.whyGone(side, protocol, EXIT_WAIT_MS).catch((error: Error) => error.message);
      if (why) return why;
    }
    return undefined;
  }

  async #both(scenario: Scenario): Promise<Record<Side, Running>> {
    const a = await this.#server('a', scenario.protocol);
    return { a, b: await this.#server('b', scenario.protocol) };
  }

  async #server(side: Side, protocol: Suite): Promise<Running> {
    const server = await this.#bench.session.server(side, protocol);
    const gone = await this.#bench.session.whyGone(side, protocol);
    if (gone) throw new ContenderGone(gone);
    return server;
  }

  #of(scenario: Scenario): ScenarioFindings {
    const findings = this.#findings.scenarios.get(scenario.id);
    if (!findings) throw new Error(`${scenario.id} is not part of the plan`);
    return findings;
  }

  #withProtocol(protocol: Suite): ScenarioFindings[] {
    return [...this.#findings.scenarios.values()].filter((one) => one.scenario.protocol === protocol);
  }

  #label(side: Side): string {
    return this.#bench.session.contenders[side].label;
  }

  #tellRatio(what: string, { ratios }: DuelFinding): void {
    this.#observer.tells(`${what}: ratio ${median(ratios).toFixed(3)}`);
  }
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof LoadFailure)) return ExitCode.failed;
  switch (error.facts.kind) {
    case 'refused':
    case 'connect-timeout':
      return ExitCode.unavailable;
    case 'stalled':
      return ExitCode.timedOut;
    case 'system':
    case 'out-of-ports':
      return ExitCode.systemError;
    default:
      return ExitCode.failed;
  }
}
