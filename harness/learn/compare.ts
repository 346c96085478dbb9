/**
 * `compare`: a learner's server beside the solution and the reference servers, by the duels of harness/bench.
 *
 * Decides who meets whom, and which steps of the bench's plan a comparison needs. Measures nothing itself; what the figures mean in
 * words stands in compare-text.ts.
 */
import type { Contender } from '../bench/contenders.ts';
import { recordEnvironment } from '../bench/environment.ts';
import { emptyFindings, type Findings } from '../bench/findings.ts';
import { NoiseMeter } from '../bench/noise.ts';
import { availableCpus, placementFor } from '../bench/placement.ts';
import { NORMAL, type Plan, planRun, QUICK, type Timing } from '../bench/plan.ts';
import { runPlan } from '../bench/rounds.ts';
import type { BenchRun } from '../bench/schema.ts';
import { Session } from '../bench/session.ts';
import { duration, Status, type Terminal } from '../bench/status.ts';
import type { Step } from '../bench/step.ts';
import { summarize } from '../bench/summarize.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import * as engine from '../native/engine.ts';
import { referenceServer, type ServerSpec, type Suite } from '../servers.ts';
import { buildExercise } from './build.ts';
import type { Exercise } from './exercise.ts';
import { LANGUAGES, type Language } from './strip.ts';

/** One message at a time and many; of a server that takes one connection after another, only the first can be measured. */
const SCENARIOS: Readonly<Record<Suite, readonly string[]>> = {
  'tcp-echo': ['ping-pong', '64x1'],
  'udp-echo': ['udp-1', 'udp-64'],
  framed: ['framed-1', 'framed-16'],
};
/** Four pairs instead of one: shorter duels, of which there are as many. */
const TIMING: Timing = { ...NORMAL, duelMs: 1000, firstWarmupMs: 1000 };
/** Once is enough for the learner's server and for the machine; no gate, because the checks of the exercise came before. */
const PER_PAIR: ReadonlySet<Step['kind']> = new Set(['duel', 'cost', 'memory', 'datagrams']);
const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { ts: 'TypeScript', c: 'C' };

export interface ComparisonSettings {
  timing: Timing;
  quick: boolean;
  seed: number;
  signal: AbortSignal;
  progress: Terminal;
}

export function timingFor(quick: boolean): Timing {
  return quick ? QUICK : TIMING;
}

/** Scenarios in which servers of this suite are compared. */
export function scenariosOf(suite: Suite): readonly string[] {
  return SCENARIOS[suite];
}

/**
 * The learner's server, then those it meets: solution and reference server, its own language first. All C is built for speed:
 * the sanitizers that look on while an exercise is checked would be measured too.
 * @throws {Refusal} when one of them does not build
 */
export async function comparedServers(
  exercise: Exercise,
  language: Language,
): Promise<{ learner: Contender; others: Contender[] }> {
  const offered = [language, ...exercise.languages.filter((one) => one !== language)];
  const others: Contender[] = [];
  for (const one of offered)
    others.push(named(`solution, ${LANGUAGE_NAMES[one]}`, one, await built(exercise, one, 'solution')));
  for (const one of [language, ...LANGUAGES.filter((other) => other !== language)])
    others.push(named(`reference, ${LANGUAGE_NAMES[one]}`, one, referenceServer(exercise.suite, one)));
  return { learner: named('yours', language, await built(exercise, language, 'learner')), others };
}

/** A contender of one protocol. */
export function named(label: string, language: Language, spec: ServerSpec): Contender {
  return {
    label,
    text: spec.name,
    language: LANGUAGE_NAMES[language],
    specs: new Map([[spec.protocol, spec]]),
  };
}

async function built(
  exercise: Exercise,
  language: Language,
  author: 'learner' | 'solution',
): Promise<ServerSpec> {
  const result = await buildExercise(exercise, language, { author, flavour: 'release' });
  if (result.ok) return result.spec;
  throw new Refusal(`${result.messages}\n${exercise.id}/${language} does not build`, ExitCode.badData);
}

/** A run of the bench for each other server: A is the learner's, B the other. Fewer after Ctrl-C. */
export async function compareServers(
  learner: Contender,
  others: readonly Contender[],
  only: readonly string[],
  settings: ComparisonSettings,
): Promise<BenchRun[]> {
  const plans = others.map((other, index) => pairPlan(learner, other, only, settings.timing, index === 0));
  const totalMs = plans.reduce((sum, plan) => sum + plan.totalMs, 0);
  settings.progress.write(`${others.length} servers beside yours, about ${duration(totalMs)}\n`);
  const runs: BenchRun[] = [];
  let first: Findings | undefined;
  for (const [index, plan] of plans.entries()) {
    const other = others[index];
    if (!other || settings.signal.aborted) break;
    const { run, findings } = await measurePair({ a: learner, b: other }, plan, first, settings);
    runs.push(run);
    first ??= findings;
  }
  return runs;
}

/** What the bench would do with two contenders, less what a comparison knows already. Pure. */
export function pairPlan(
  learner: Contender,
  other: Contender,
  only: readonly string[],
  timing: Timing,
  isFirst: boolean,
): Plan {
  const plan = planRun({ a: learner, b: other, timing, only, peers: [] });
  const isNeeded = (step: Step): boolean => {
    if (step.kind === 'self-check') return isFirst;
    return PER_PAIR.has(step.kind) && (isFirst || !('side' in step) || step.side === 'b');
  };
  const steps = plan.steps.filter(isNeeded);
  return { ...plan, steps, totalMs: steps.reduce((sum, step) => sum + step.estimateMs, 0) };
}

async function measurePair(
  contenders: { a: Contender; b: Contender },
  plan: Plan,
  first: Findings | undefined,
  { timing, quick, seed, signal, progress }: ComparisonSettings,
): Promise<{ run: BenchRun; findings: Findings }> {
  const startedAt = new Date();
  const placement = placementFor(availableCpus());
  const session = new Session(contenders.a, contenders.b, placement);
  const status = new Status(plan, progress);
  const findings = begunFindings(plan, first);
  const onProgress: Status['progress'] = (now) => status.progress(now);
  try {
    const bench = { session, engine, timing, seed, noise: new NoiseMeter(), signal, onProgress };
    await runPlan(plan, bench, findings, status);
  } finally {
    status.end();
    await session.close();
  }
  const environment = recordEnvironment(placement);
  const durationMs = Date.now() - startedAt.getTime();
  const complete = !signal.aborted;
  const facts = { plan, contenders, environment, startedAt, durationMs, complete, quick, seed };
  return { run: summarize(findings, facts), findings };
}

/** With what the first pair has found about the machine and about the learner's server. */
function begunFindings(plan: Plan, first: Findings | undefined): Findings {
  const findings = emptyFindings(plan);
  if (!first) return findings;
  if (first.selfCheck) findings.selfCheck = first.selfCheck;
  findings.memory.push(...first.memory.filter(({ side }) => side === 'a'));
  for (const [id, { costs }] of first.scenarios) {
    const own = findings.scenarios.get(id);
    if (own && costs.a) own.costs.a = costs.a;
  }
  return findings;
}
