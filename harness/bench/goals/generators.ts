/**
 * Goals 10 and 11: the engine beside other load generators, taken in turn. It must not be slower, and must show the same ratio.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Target, Work } from '../../native/load.ts';
import { referenceServer } from '../../servers.ts';
import { type Bench, closed, perSecond } from '../measure.ts';
import { isInstalled, NODE_CLIENT, peer, SECOND_GENERATOR, SOCKPERF_SERVER } from '../peers.ts';
import { startedOn } from '../placement.ts';
import { scenario } from '../scenarios.ts';
import { medianWithRange } from '../statistics.ts';
import { atLeast, type GoalRow, holds, notJudged, withInterval } from './goal.ts';

const TURNS = 6;
const TURN_MS = 1500;
const WARMUP_MS = 300;
const DEADLINE_MS = 60_000;
const MEDIANS_APART = 0.1;

const report = z.object({ messagesPerSecond: z.number().positive() });
const nodeReport = report.extend({ cpuNsPerMessage: z.number().positive() });
const run = promisify(execFile);

type Rate = () => Promise<number>;

/** Goal 10: the engine, every reply verified, against generators that count. Each can fail without the others. */
export function speedGoals(
  bench: Bench,
  tell: (line: string) => void,
): { what: string; measure: () => Promise<GoalRow[]> }[] {
  return [
    { what: 'engine / redis-benchmark', measure: async () => [await redisGoal(bench, tell)] },
    { what: 'engine / sockperf', measure: async () => [await sockperfGoal(bench, tell)] },
    { what: 'engine / Node client', measure: () => nodeClientGoals(bench, tell) },
    {
      what: 'engine / wrk',
      measure: async () => [notJudged(10, 'engine / wrk', '>= 1.00', 'needs HTTP, which does not exist yet')],
    },
  ];
}

async function redisGoal(bench: Bench, tell: (line: string) => void): Promise<GoalRow> {
  const what = 'engine / redis-benchmark, RESP PING, 64x1, against the same redis-server';
  if (!isInstalled('redis-benchmark'))
    return notJudged(10, what, '>= 1.50', 'redis-benchmark is not installed');
  const redis = peer('redis');
  const server = await bench.session.start(redis);
  try {
    const work: Work = {
      ...scenario('64x1').work,
      protocol: 'fixed',
      ...(redis.fixed ? { fixed: redis.fixed } : {}),
    };
    const tool: Rate = async () =>
      redisRate(await tools(bench, 'redis-benchmark', redisWords(server.target, 100_000)));
    return atLeast(
      10,
      what,
      1.5,
      await inTurn(bench, engineRate(bench, server.target, work), tool, tell, what),
    );
  } finally {
    await bench.session.end(server);
  }
}

function redisWords({ host, port }: Target, count: number): string[] {
  return ['-h', host, '-p', String(port), '-c', '64', '-n', String(count), '-t', 'ping_mbulk', '--csv'];
}

/** `"PING_MBULK","22461.81",...` */
function redisRate(output: string): number {
  return numberIn(/"PING_MBULK","([\d.]+)"/, output);
}

async function sockperfGoal(bench: Bench, tell: (line: string) => void): Promise<GoalRow> {
  const what = 'engine / sockperf, TCP ping-pong 64 B, each against a server that blocks in recv';
  if (!isInstalled('sockperf')) return notJudged(10, what, '>= 0.95', 'sockperf is not installed');
  const [blocking, theirs] = [
    await bench.session.start(peer('blocking-tcp')),
    await bench.session.start(SOCKPERF_SERVER),
  ];
  try {
    const { host, port } = theirs.target;
    const words = [
      'ping-pong',
      '--tcp',
      '-i',
      host,
      '-p',
      String(port),
      '-t',
      String(TURN_MS / 1000),
      '-m',
      '64',
    ];
    const tool: Rate = async () => sockperfRate(await tools(bench, 'sockperf', words));
    const ours = engineRate(bench, blocking.target, scenario('ping-pong').work);
    return atLeast(10, what, 0.95, await inTurn(bench, ours, tool, tell, what));
  } finally {
    await Promise.all([bench.session.end(blocking), bench.session.end(theirs)]);
  }
}

/** Of the part of its run that sockperf itself takes for valid. */
function sockperfRate(output: string): number {
  const valid = /\[Valid Duration\] RunTime=([\d.]+) sec; SentMessages=\d+; ReceivedMessages=(\d+)/.exec(
    output,
  );
  if (!valid) throw new Error('sockperf printed no valid duration');
  return Number(valid[2]) / Number(valid[1]);
}

/**
 * By rate, and by the CPU time that the generator itself takes for a message: at 64x1 the server is the engine's limit, so the
 * rates show the server.
 */
async function nodeClientGoals(bench: Bench, tell: (line: string) => void): Promise<GoalRow[]> {
  const server = await bench.session.start(referenceServer('tcp-echo', 'c'));
  const { host, port } = server.target;
  const words = [NODE_CLIENT, '--host', host, '--port', String(port), '--duration-ms', String(TURN_MS)];
  const rates: number[] = [];
  const costs: number[] = [];
  try {
    for (let turn = 0; turn < TURNS && !bench.signal.aborted; turn++) {
      const engine = await closed(bench, server.target, scenario('64x1').work, WARMUP_MS, TURN_MS);
      const node = nodeReport.parse(JSON.parse(await tools(bench, process.execPath, words)));
      rates.push(perSecond(engine.messages, engine.durationNs) / node.messagesPerSecond);
      costs.push(node.cpuNsPerMessage / (engine.engineCpuNs / engine.messages));
      tell(
        `goal 10, engine / Node client: rate ${rates.at(-1)?.toFixed(3)}, messages per CPU time ${costs.at(-1)?.toFixed(3)}`,
      );
    }
  } finally {
    await bench.session.end(server);
  }
  const what = 'engine / Node client, TCP 64x1, against C tcp-echo';
  return [
    atLeast(10, `${what}: rate`, 1.6, medianWithRange(rates)),
    atLeast(10, `${what}: messages per CPU time of the generator`, 1.6, medianWithRange(costs)),
  ];
}

/** Goal 11: TypeScript / C as the engine sees it, and as the second generator does. */
export async function agreementGoal(bench: Bench, tell: (line: string) => void): Promise<GoalRow> {
  const [ts, c] = [
    await bench.session.start(referenceServer('tcp-echo', 'ts')),
    await bench.session.start(referenceServer('tcp-echo', 'c')),
  ];
  try {
    const { work } = scenario('64x1');
    const second =
      (target: Target): Rate =>
      async () =>
        generatorRate(await tools(bench, SECOND_GENERATOR, secondWords(target, work)));
    await engineRate(bench, ts.target, work)();
    const byEngine: number[] = [];
    const bySecond: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      byEngine.push(await ratio(engineRate(bench, ts.target, work), engineRate(bench, c.target, work)));
      bySecond.push(await ratio(second(ts.target), second(c.target)));
      tell(
        `goal 11, turn ${turn + 1}: engine ${byEngine.at(-1)?.toFixed(3)}, second ${bySecond.at(-1)?.toFixed(3)}`,
      );
    }
    return agreementRow(byEngine, bySecond);
  } finally {
    await Promise.all([bench.session.end(ts), bench.session.end(c)]);
  }
}

/** Medians within 10 %, or ranges that overlap. Pure. */
export function agreementRow(byEngine: readonly number[], bySecond: readonly number[]): GoalRow {
  const [first, second] = [medianWithRange(byEngine), medianWithRange(bySecond)];
  const near = Math.abs(first.value / second.value - 1) <= MEDIANS_APART;
  const overlap = first.low <= second.high && second.low <= first.high;
  const measured = `engine ${withInterval(first)}, second generator ${withInterval(second)}`;
  return holds(
    11,
    '64x1: TypeScript / C by two generators',
    'within 10 %, or ranges overlap',
    measured,
    near || overlap,
  );
}

function secondWords({ host, port }: Target, { connections, depth, messageBytes }: Work): string[] {
  const settings = {
    host,
    port,
    connections,
    depth,
    bytes: messageBytes,
    'warmup-ms': WARMUP_MS,
    'duration-ms': TURN_MS,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
}

function generatorRate(output: string): number {
  return report.parse(JSON.parse(output)).messagesPerSecond;
}

function engineRate(bench: Bench, target: Target, work: Work): Rate {
  return async () => {
    const { messages, durationNs } = await closed(bench, target, work, WARMUP_MS, TURN_MS);
    return perSecond(messages, durationNs);
  };
}

async function inTurn(bench: Bench, ours: Rate, theirs: Rate, tell: (line: string) => void, what: string) {
  const ratios: number[] = [];
  for (let turn = 0; turn < TURNS && !bench.signal.aborted; turn++) {
    ratios.push(await ratio(ours, theirs));
    tell(`goal 10, ${what}: ${ratios.at(-1)?.toFixed(3)}`);
  }
  return medianWithRange(ratios);
}

async function ratio(a: Rate, b: Rate): Promise<number> {
  const first = await a();
  return first / (await b());
}

/** Runs a generator on the engine's CPU. */
async function tools({ session, signal }: Bench, program: string, words: string[]): Promise<string> {
  const options = { signal, timeout: DEADLINE_MS };
  return (await startedOn(session.placement.engineCpu, () => run(program, words, options))).stdout;
}

function numberIn(pattern: RegExp, text: string): number {
  const value = Number(pattern.exec(text)?.[1]);
  if (!(value > 0)) throw new Error(`no figure in the output: ${text.slice(0, 100)}`);
  return value;
}
