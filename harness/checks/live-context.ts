/**
 * Makes the context of one check: its servers, connections, waits and steps, and takes all of it down again.
 *
 * One object for one run of one check. It judges nothing but what every check needs: that a server starts and
 * still serves.
 */
import { execFile } from 'node:child_process';
import { setTimeout as timePasses } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Flags, ServerProcess, type StartOptions } from '../process.ts';
import { signalSession, threadStates, type Usage, usageOf } from '../process-tree.ts';
import type { ServerSpec, Suite } from '../servers.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type {
  AcceptQueue,
  CheckContext,
  ConnectOptions,
  DatagramOptions,
  DatagramPeer,
  DatagramQueue,
  Launched,
  Listener,
  Peer,
  Random,
  Server,
  ServerEnd,
  ServerEndOfConnection,
} from './context.ts';
import { forgeDatagram, openDatagrams, type UdpPeer } from './datagram.ts';
import {
  connectionRows,
  type Endpoint,
  hasReadAll,
  kernelCounters,
  tcpInfoOf,
  udpReceiveQueue,
} from './kernel.ts';
import { acceptQueueOf, listenersOf } from './listeners.ts';
import { isCalm, lookUntil } from './looks.ts';
import { reply, request } from './message.ts';
import { reservePort } from './own-ports.ts';
import { connectPeer, reachable, type TcpPeer } from './peer.ts';
import { deriveSeed, seededRandom } from './random.ts';
import { setReceiveBuffers } from './receive-buffers.ts';
import { serverFlags } from './server-flags.ts';
import { Waits } from './waits.ts';

/** What the executor decides for a whole run. */
export interface RunSettings {
  spec: ServerSpec;
  seed: number;
  tier: 'quick' | 'full';
  inArena: boolean;
  /** For a debugger: no time limit on anything. */
  withoutDeadline: boolean;
}

const QUICK_DIVISOR = 10;
const NONCE_BYTES = 32;

export class LiveContext implements CheckContext {
  readonly suite: Suite;
  readonly spec: ServerSpec;
  readonly seed: number;
  readonly random: Random;
  readonly tier: 'quick' | 'full';
  readonly inArena: boolean;
  readonly steps: string[] = [];
  readonly waits = new Waits();

  readonly #check: Check;
  readonly #settings: RunSettings;
  readonly #processes: ServerProcess[] = [];
  readonly #peers: TcpPeer[] = [];
  readonly #datagramPeers: UdpPeer[] = [];
  #server: Server | undefined;
  #over = false;

  constructor(check: Check, settings: RunSettings) {
    this.#check = check;
    this.#settings = settings;
    this.suite = settings.spec.protocol;
    this.spec = settings.spec;
    this.tier = settings.tier;
    this.inArena = settings.inArena;
    this.seed = deriveSeed(settings.seed, check.id);
    this.random = seededRandom(this.seed);
  }

  get server(): Server {
    if (!this.#server)
      throw new Error(`${this.#check.id} has startsServer: false, so it has no context.server`);
    return this.#server;
  }

  /** Starts `context.server`, unless the check starts its servers itself. */
  async prepare(): Promise<void> {
    if (this.#check.startsServer === false) return;
    const { flags } = this.#check;
    this.#server = await this.start(typeof flags === 'function' ? flags(this.suite) : flags);
  }

  /** Stops everything that the check has started, and says how each server ended. */
  async tearDown(): Promise<ServerEnd[]> {
    this.#over = true;
    this.waits.end();
    for (const peer of this.#peers) peer.close();
    for (const peer of this.#datagramPeers) await peer.close();
    return Promise.all(this.#processes.map((server) => endOf(server, this.#check.id)));
  }

  /** True when the harness has ended one of its servers, because it used too much. */
  hasExcess(): boolean {
    return this.#processes.some(({ excess }) => excess !== undefined);
  }

  /** The last lines that its servers logged. */
  stderrTail(): string {
    return this.#processes.map((server) => server.stderr()).join('');
  }

  step(sentence: string): void {
    this.steps.push(sentence);
  }

  scaled(n: number): number {
    return this.tier === 'full' ? n : Math.max(1, Math.floor(n / QUICK_DIVISOR));
  }

  async start(flags: Flags = {}, options: StartOptions = {}): Promise<Server> {
    const server = this.#launch(serverFlags(this.suite, flags), options);
    await this.within('the ready line of the server', server.ready);
    if (this.inArena) reservePort(server.port);
    return server;
  }

  async startWithLargeReceiveBuffers(flags: Flags = {}): Promise<Server> {
    setReceiveBuffers('large');
    try {
      // Its listener has the size that every connection inherits.
      return await this.start(flags);
    } finally {
      setReceiveBuffers('small');
    }
  }

  launch(flags: Flags = {}, options: StartOptions = {}): Launched {
    return this.#launch(flags, options);
  }

  async connect(server: Server = this.server, options: ConnectOptions = {}): Promise<Peer> {
    try {
      const peer = await this.within('a connection to the server', connectPeer(server, this.waits, options));
      this.#peers.push(peer);
      return peer;
    } catch (error) {
      if (error instanceof CheckFailure) throw error;
      throw new CheckFailure({
        expected: `a connection to ${server.host}:${server.port}`,
        actual: codeOf(error),
        hint: 'is the server still running, and does it listen where its ready line says?',
      });
    }
  }

  async connectError(server: Server, options: ConnectOptions = {}): Promise<string | undefined> {
    try {
      const peer = await this.within('an answer to connect()', connectPeer(server, this.waits, options));
      peer.close();
      return undefined;
    } catch (error) {
      if (error instanceof CheckFailure) throw error;
      return codeOf(error);
    }
  }

  async datagrams(server: Server = this.server, options: DatagramOptions = {}): Promise<DatagramPeer> {
    const peer = await openDatagrams(server, this.waits, options);
    this.#datagramPeers.push(peer);
    return peer;
  }

  forgeDatagram(from: { host: string; port: number }, bytes: Uint8Array | string): void {
    forgeDatagram(from, this.server, bytes);
  }

  async stillServes(server: Server = this.server): Promise<void> {
    const nonce = this.random.digits(NONCE_BYTES);
    const answer = this.suite === 'udp-echo' ? this.#askDatagram(server, nonce) : this.#ask(server, nonce);
    expectBytes('the echo of a small message by a fresh client', await answer, reply(this.suite, nonce), {
      hint: 'the server must still serve new clients at this point',
    });
  }

  within<T>(what: string, promise: Promise<T>): Promise<T> {
    return this.waits.for(what, promise);
  }

  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    return this.waits.for(
      what,
      lookUntil(holds, () => this.#over),
    );
  }

  async elapse(ms: number, why: string): Promise<void> {
    this.step(`let ${ms} ms pass: ${why}`);
    await this.waits.for(`${ms} ms to pass`, timePasses(ms));
  }

  async asleep(server: Launched = this.server): Promise<void> {
    const asleep = () => (allThreads(server, 'S') ? 0 : undefined);
    await this.until('the server to sleep', isCalm(asleep));
  }

  async settled(peer: Peer): Promise<void> {
    const bytesSent = () => {
      if (isGone(peer)) return peer.bytesSent;
      // A server that works on something else now and then says nothing about this connection.
      if (!allThreads(peer.server, 'S')) return 'no news';
      const { client, server } = rowsOf(peer);
      const waiting = (server?.rxQueue ?? 0) > 0;
      const allSent = peer.pendingBytes() === 0 && (client?.txQueue ?? 0) === 0;
      return waiting || allSent ? peer.bytesSent : undefined;
    };
    await this.until('the server to read everything, or to stop reading', isCalm(bytesSent));
  }

  async freeze(server: Server = this.server): Promise<void> {
    signalSession(server.pid, 'SIGSTOP');
    await this.until('the server to be stopped by SIGSTOP', () => allThreads(server, 'T'));
  }

  thaw(server: Server = this.server): void {
    signalSession(server.pid, 'SIGCONT');
  }

  async consumed(peer: Peer): Promise<void> {
    await this.until('the server to read everything that was sent', () => {
      if (isGone(peer)) return true;
      if (peer.pendingBytes() > 0) return false;
      const { client, server } = endsOf(peer);
      return hasReadAll(client, server);
    });
  }

  async datagramsConsumed(server: Server = this.server): Promise<void> {
    await this.until('the server to read every datagram', () => udpReceiveQueue(server.port).waiting === 0);
  }

  datagramQueue(port: number): DatagramQueue {
    return udpReceiveQueue(port);
  }

  async usage(server: Server = this.server): Promise<Usage> {
    return usageOf(server.pid);
  }

  async listeners(server: Server = this.server): Promise<Listener[]> {
    return listenersOf(server.pid);
  }

  async acceptQueue(server: Server = this.server): Promise<AcceptQueue> {
    return acceptQueueOf(server.pid, server.port);
  }

  serverEnd(peer: Peer): ServerEndOfConnection | undefined {
    const { client, server } = endsOf(peer);
    const queues = connectionRows(client, server).server;
    return queues && { ...queues, tcpInfo: tcpInfoOf(client, server) };
  }

  async limitDescriptors(server: Server, soft: number): Promise<void> {
    await promisify(execFile)('prlimit', [`--pid=${server.pid}`, `--nofile=${soft}:`]);
  }

  async counters(): Promise<ReadonlyMap<string, number>> {
    return kernelCounters();
  }

  #launch(flags: Flags, options: StartOptions): ServerProcess {
    if (this.#over) throw new Error('the check is over');
    const { spec, withoutDeadline } = this.#settings;
    const limits = withoutDeadline ? { readyTimeoutMs: Number.POSITIVE_INFINITY } : {};
    const server = new ServerProcess(spec, flags, { ...limits, ...options });
    this.#processes.push(server);
    return server;
  }

  async #ask(server: Server, payload: Buffer): Promise<Buffer> {
    const peer = await this.connect(server);
    peer.write(request(this.suite, payload));
    const answer = await peer.take(reply(this.suite, payload).length, 'the echo of a small message');
    peer.end();
    return answer;
  }

  async #askDatagram(server: Server, payload: Buffer): Promise<Buffer> {
    const peer = await this.datagrams(server);
    await peer.send(payload);
    const { bytes } = await peer.receive('the echo of a small datagram');
    await peer.close();
    return bytes;
  }
}

async function endOf(server: ServerProcess, checkId: string): Promise<ServerEnd> {
  const stopped = await server.stop();
  return { checkId, stdout: server.stdout(), stderr: server.stderr(), ...stopped };
}

function rowsOf(peer: Peer): ReturnType<typeof connectionRows> {
  const { client, server } = endsOf(peer);
  return connectionRows(client, server);
}

function endsOf({ localHost, localPort, server }: Peer): Record<'client' | 'server', Endpoint> {
  return {
    client: { host: localHost, port: localPort },
    server: { host: reachable(server.host), port: server.port },
  };
}

/** Nobody is left to read: what a check waits for next will say how it ended. */
function isGone(peer: Peer): boolean {
  return peer.ended !== undefined || peer.server.exit !== undefined;
}

function allThreads(server: Launched, state: string): boolean {
  return threadStates(server.pid).every((one) => one === state);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
