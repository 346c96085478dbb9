// A server from start to exit: descriptor limit, workers, the ready line, signals, drain, exit code.
//
// docs/contract.md sections 2, 4, 8 and 9. It starts the workers and stops them; what happens on a connection is
// not its business. Mirrors servers-c/net/lifecycle.h.

import * as fs from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { Counts } from './datagram.ts';
import * as log from './log.ts';
import type { Options, Parsed } from './options.ts';
import type { Service, ThreadData, Worker } from './worker.ts';
import * as worker from './worker.ts';

// Exit codes; EXIT_USAGE (64) belongs to the options.
export const EXIT_DRAINED = 0;
export const EXIT_OWING = 1;
export const EXIT_CANNOT_LISTEN = 69;
export const EXIT_WORKER_DIED = 70;
/** Only C can meet it: without a loop Node does not even start.
 * @public */
export const EXIT_SYSTEM = 71;

/** Descriptors for all that is not a connection: stdio, epoll, listeners, signals. */
export const RESERVED_DESCRIPTORS = 64;

/** How long workers may take to say what they owe when time is up. */
const ANSWER_MS = 1000;

/** Serves until a signal ends it, and ends the process with the exit code. In a worker's thread: serves there. */
export function run<State>(service: Service<State>, options: Options): void {
  log.open(options.logLevel);
  if (parentPort !== null) {
    void worker.runThread(service, options, workerData as ThreadData, parentPort);
    return;
  }
  process.on('uncaughtException', (error) => {
    log.error('error', { call: 'uncaught', reason: error.stack ?? error.message });
    exit(EXIT_WORKER_DIED, 'internal-error');
  });
  process.stdout.on('error', () => {}); // whoever started us may not read the ready line
  void runProcess(service, options);
}

/** Prints what --help or a bad flag has to say, and sets the exit code. */
export function explain(parsed: Parsed): void {
  if ('stdout' in parsed) process.stdout.write(parsed.stdout);
  if ('stderr' in parsed) process.stderr.write(parsed.stderr);
  process.exitCode = parsed.exitCode;
}

async function runProcess<State>(service: Service<State>, options: Options): Promise<void> {
  let workers: Worker[] = [];
  let draining = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (draining || workers.length === 0) void expire(workers, 'second-signal');
    else void drain(workers, options, signal);
    draining = true;
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  try {
    workers = await openWorkers(service, options);
  } catch (error) {
    process.stderr.write(cannotListen(service.name, options, error));
    process.exit(EXIT_CANNOT_LISTEN);
  }
  announce(service, options, workers);
}

// ---- start ----

// The first worker binds, the others use its port.
async function openWorkers<State>(service: Service<State>, options: Options): Promise<Worker[]> {
  const limit = connectionLimit(service, options);
  const first = await worker.open(service, options, options.port, share(limit, options.workers, 0));
  const others = [];
  for (let index = 1; index < options.workers; index++) {
    const data = { index, port: first.port, connectionLimit: share(limit, options.workers, index) };
    others.push(worker.start(data, onWorkerDied));
  }
  return [first, ...(await Promise.all(others))];
}

function share(limit: number, workers: number, index: number): number {
  return Math.max(1, Math.floor(limit / workers) + (index < limit % workers ? 1 : 0));
}

function onWorkerDied(index: number): void {
  log.error('error', { call: 'worker', worker: index, reason: 'died' });
  exit(EXIT_WORKER_DIED, 'worker-died');
}

// Node has raised the soft limit to the hard one before this program began.
function connectionLimit<State>(service: Service<State>, options: Options): number {
  const wanted = options.maxConnections;
  const descriptors = descriptorLimit();
  if (service.connection === undefined || descriptors >= wanted + RESERVED_DESCRIPTORS) return wanted;
  const limit = Math.max(1, descriptors - RESERVED_DESCRIPTORS);
  log.info('limit', { reason: 'descriptors', descriptors, connections: limit });
  return limit;
}

function descriptorLimit(): number {
  const limits = fs.readFileSync('/proc/self/limits', 'utf8');
  const soft = /^Max open files +(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

function announce<State>(service: Service<State>, options: Options, workers: Worker[]): void {
  const { protocol } = service;
  const transport = service.datagram === undefined ? 'tcp' : 'udp';
  const { host } = options;
  const port = workers[0]?.port ?? 0;
  const { pid } = process;
  log.info('start', { protocol, transport, host, port, pid, workers: workers.length });
  for (const index of workers.keys()) log.info('listen', { worker: index, host, port });
  process.stdout.write(`${JSON.stringify({ ready: true, protocol, transport, host, port, pid })}\n`);
}

function cannotListen(name: string, options: Options, error: unknown): string {
  const errno = log.errorName(error);
  const known = [...getSystemErrorMap().values()].find(([code]) => code === errno);
  const meaning = known === undefined ? '' : ` (${known[1]})`;
  return `${name}: cannot listen on ${log.address(options.host, options.port)}: ${errno}${meaning}\n`;
}

// ---- stop ----

async function drain(workers: Worker[], options: Options, signal: string): Promise<void> {
  const draining = workers.map((one) => one.drain());
  setTimeout(() => void expire(workers, 'drain-timeout'), options.drainTimeoutMs);
  const connections = (await Promise.all(draining)).reduce((sum, count) => sum + count, 0);
  log.info('drain', { signal, connections });
  const counts = await Promise.all(workers.map((one) => one.drained));
  exit(EXIT_DRAINED, 'drained', total(counts));
}

// Time is up, or the signal came again: what owes nothing no longer holds up the exit.
async function expire(workers: Worker[], reason: string): Promise<void> {
  const silent = new Promise<boolean[]>((resolve) => setTimeout(resolve, ANSWER_MS, [true]));
  const answers = await Promise.race([silent, Promise.all(workers.map((one) => one.owes()))]);
  exit(answers.includes(true) ? EXIT_OWING : EXIT_DRAINED, reason);
}

function total(all: (Counts | null)[]): Counts | Record<string, never> {
  const counts = all.filter((one) => one !== null);
  if (counts.length === 0) return {};
  const sum = { received: 0, sent: 0, failed: 0 };
  for (const one of counts) {
    sum.received += one.received;
    sum.sent += one.sent;
    sum.failed += one.failed;
  }
  return sum;
}

function exit(code: number, reason: string, counts: Counts | Record<string, never> = {}): void {
  log.info('exit', { code, reason, ...counts });
  process.exit(code);
}
