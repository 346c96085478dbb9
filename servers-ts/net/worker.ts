// One worker: the socket that it serves, and the orders that it takes from the main thread.
//
// Worker 0 runs on the main thread; each other one runs the whole program again in a thread of its own and gets its
// orders as messages. When to drain or stop is decided in lifecycle.ts. C has the same in net/worker.h.

import type { AddressInfo, Server } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { Worker as Thread } from 'node:worker_threads';
import type { Handlers } from './connection.ts';
import type { Connections } from './connections.ts';
import * as connections from './connections.ts';
import * as datagram from './datagram.ts';
import * as listener from './listener.ts';
import * as log from './log.ts';
import type { Options } from './options.ts';

/** What a program serves: connections or datagrams. */
export interface Service<State> {
  name: string; // of the program, for messages
  protocol: string; // "framed"
  connection?: Handlers<State>;
  datagram?: datagram.DatagramHandlers;
}

/** A worker as the main thread sees it, wherever it runs. */
export interface Worker {
  readonly port: number;
  /** Resolves when all its connections are closed. */
  readonly drained: Promise<datagram.Counts | null>;
  /** Closes the listener and has every connection answer what is owed. Resolves with how many there were. */
  drain(): Promise<number>;
  /** Resolves with whether anything is owed. */
  owes(): Promise<boolean>;
}

/** What a worker's thread is told when it starts. */
export interface ThreadData {
  index: number;
  port: number;
  connectionLimit: number;
}

type Order = { order: 'drain' | 'owes' };
type Report =
  | { kind: 'log'; level: log.Level; event: string; fields: log.Fields }
  | { kind: 'listening'; port: number }
  | { kind: 'failed'; errno: string }
  | { kind: 'draining'; connections: number }
  | { kind: 'drained'; counts: datagram.Counts | null }
  | { kind: 'owes'; owes: boolean };

// ---- on this thread ----

/** Opens the socket and serves. Rejects with the error of bind or listen. */
export function open<State>(
  service: Service<State>,
  options: Options,
  port: number,
  connectionLimit: number,
): Promise<Worker> {
  if (service.connection !== undefined) return openStream(service.connection, options, port, connectionLimit);
  if (service.datagram !== undefined) return openDatagram(service.datagram, options, port);
  throw new Error(`${service.name} serves nothing`);
}

async function openStream<State>(
  handlers: Handlers<State>,
  options: Options,
  port: number,
  limit: number,
): Promise<Worker> {
  const set = connections.open(options, handlers, limit);
  const server = await listener.open(options, port, options.workers > 1, set);
  const { promise: drained, resolve } = Promise.withResolvers<null>();
  return {
    port: portOf(server),
    drained,
    drain: () => Promise.resolve(drainStream(server, set, () => resolve(null))),
    owes: () => Promise.resolve(connections.owe(set)),
  };
}

function drainStream<State>(server: Server, set: Connections<State>, drained: () => void): number {
  const count = connections.count(set);
  const check = (): void => {
    if (connections.count(set) === 0) drained();
  };
  listener.close(server);
  connections.onClosed(set, check);
  connections.drain(set);
  check();
  return count;
}

async function openDatagram(
  handlers: datagram.DatagramHandlers,
  options: Options,
  port: number,
): Promise<Worker> {
  const socket = await datagram.open(options, port, options.workers > 1, handlers);
  const { promise: drained, resolve } = Promise.withResolvers<datagram.Counts>();
  const drain = async (): Promise<number> => {
    await datagram.drain(socket);
    datagram.close(socket);
    resolve(datagram.counts(socket));
    return 0;
  };
  return { port: socket.port, drained, drain, owes: () => Promise.resolve(false) };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port; // it listens on TCP
}

// ---- on a thread of its own ----

/** Starts a thread that runs this program again. Rejects when it cannot listen; `died` is called if it ends later. */
export function start(data: ThreadData, died: (index: number) => void): Promise<Worker> {
  const thread = new Thread(process.argv[1] as string, { argv: process.argv.slice(2), workerData: data });
  const listening = Promise.withResolvers<number>();
  const draining = Promise.withResolvers<number>();
  const drained = Promise.withResolvers<datagram.Counts | null>();
  const owes = Promise.withResolvers<boolean>();
  thread.on('message', (report: Report) => {
    if (report.kind === 'log') log.writeFor(report);
    else if (report.kind === 'listening') listening.resolve(report.port);
    else if (report.kind === 'failed') listening.reject(Object.assign(new Error(), { code: report.errno }));
    else if (report.kind === 'draining') draining.resolve(report.connections);
    else if (report.kind === 'drained') drained.resolve(report.counts);
    else owes.resolve(report.owes);
  });
  thread.on('error', (error) => {
    log.error('error', { call: 'worker', worker: data.index, reason: error.stack ?? error.message });
  });
  thread.on('exit', () => died(data.index));
  const ask = <T>(order: Order['order'], answer: Promise<T>): Promise<T> => {
    thread.postMessage({ order });
    return answer;
  };
  return listening.promise.then((port) => ({
    port,
    drained: drained.promise,
    drain: () => ask('drain', draining.promise),
    owes: () => ask('owes', owes.promise),
  }));
}

/** The other end of start(), on the thread: opens the worker, takes orders, reports. */
export async function runThread<State>(
  service: Service<State>,
  options: Options,
  data: ThreadData,
  main: MessagePort,
): Promise<void> {
  const report = (message: Report): void => main.postMessage(message);
  try {
    const worker = await open(service, options, data.port, data.connectionLimit);
    main.on('message', (message: Order) => obey(worker, message, report));
    report({ kind: 'listening', port: worker.port });
    report({ kind: 'drained', counts: await worker.drained });
  } catch (error) {
    report({ kind: 'failed', errno: log.errorName(error) });
  }
}

function obey(worker: Worker, message: Order, report: (message: Report) => void): void {
  if (message.order === 'drain') {
    void worker.drain().then((connections) => report({ kind: 'draining', connections }));
  } else {
    void worker.owes().then((owes) => report({ kind: 'owes', owes }));
  }
}
