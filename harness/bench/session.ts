/**
 * The servers of one run: started when first needed, each on the servers' CPU, and all stopped at the end.
 *
 * Measures nothing. A server that has ended is told as a sentence, not restarted: a crash is a result.
 */
import { setTimeout as elapsed } from 'node:timers/promises';
import type { Target } from '../native/load.ts';
import { describeExit, ServerProcess } from '../process.ts';
import type { ServerSpec, Suite } from '../servers.ts';
import type { Contender } from './contenders.ts';
import { type Placement, startedOn } from './placement.ts';
import type { Side } from './step.ts';

/** A server that is ready, or an address where one runs already. */
export interface Running {
  target: Target;
  /** Undefined for a remote one. */
  process?: ServerProcess;
}

/** A contender cannot be measured (any more); `message` is one line. */
export class ContenderGone extends Error {
  override readonly name = 'ContenderGone';
}

/** `--idle-timeout-ms` for servers under measurement: between two rounds nothing is said for minutes. */
const IDLE_TIMEOUT_MS = 3_600_000;
const STOP_GRACE_MS = 1000;

export class Session {
  readonly contenders: Readonly<Record<Side, Contender>>;
  readonly placement: Placement;
  readonly #running = new Map<string, Promise<Running>>();
  readonly #started = new Set<ServerProcess>();
  #closed = false;

  constructor(a: Contender, b: Contender, placement: Placement) {
    this.contenders = { a, b };
    this.placement = placement;
  }

  /** The server of a side for a protocol; the same one every time. Rejects with ServerFault, CannotStart or ContenderGone. */
  server(side: Side, protocol: Suite): Promise<Running> {
    const { remote, specs, label } = this.contenders[side];
    if (remote) return Promise.resolve({ target: remote.target });
    const spec = specs.get(protocol);
    if (!spec) return Promise.reject(new ContenderGone(`${label} does not speak ${protocol}`));
    const key = `${side} ${protocol}`;
    const running = this.#running.get(key) ?? this.start(spec);
    this.#running.set(key, running);
    return running;
  }

  /** How a contender is started, for checks and further instances; undefined for a remote one. */
  spec(side: Side, protocol: Suite): ServerSpec | undefined {
    return this.contenders[side].specs.get(protocol);
  }

  /** One more instance of a server, pinned like the others. Whoever starts it stops it with {@link end}. */
  async start(spec: ServerSpec): Promise<Running> {
    if (this.#closed) throw new ContenderGone('the run has ended');
    const flags = { 'idle-timeout-ms': IDLE_TIMEOUT_MS };
    const process = startedOn(this.placement.serverCpu, () => new ServerProcess(spec, flags));
    this.#started.add(process);
    const { port, host } = await process.ready;
    return { target: { host: reachable(host), port }, process };
  }

  /** Stops one instance and forgets it. Resolves with what it wrote to stderr. */
  async end({ process }: Running): Promise<string> {
    if (!process) return '';
    await process.stop(STOP_GRACE_MS);
    this.#started.delete(process);
    return process.stderr();
  }

  /**
   * One sentence if the server of a side has ended by itself.
   * @param waitMs its connections are reset before its end is told: how long to wait for that
   */
  async whyGone(side: Side, protocol: Suite, waitMs = 0): Promise<string | undefined> {
    const { process } = await this.server(side, protocol);
    if (!process) return undefined;
    if (waitMs > 0) await Promise.race([process.exited, elapsed(waitMs)]);
    if (!process.exit) return undefined;
    const last = process.stderr().trimEnd().split('\n').at(-1) ?? '';
    const told = last === '' ? '' : ` (last line of its stderr: ${last})`;
    return `${this.contenders[side].label}: the ${protocol} server ${describeExit(process.exit)}${told}`;
  }

  /** Stops everything, within the grace time and a moment. Nothing can be started afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#started].map((process) => process.stop(STOP_GRACE_MS)));
    this.#started.clear();
  }
}

/** A server that listens on all addresses is reached over loopback. */
function reachable(host: string | undefined): string {
  if (host === undefined || host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
