/**
 * The words of the load engine: what a run is told and what it reports.
 *
 * Types only. engine.ts starts runs; the C sources beside it carry them out on threads of their own.
 */
import type { Histogram } from 'hdr-histogram-js';

/** `fixed` sends one given request and expects one given reply (for redis PING and the like); `connect` is in {@link Work}. */
export type LoadProtocol = 'tcp-echo' | 'udp-echo' | 'framed' | 'fixed';

export interface Target {
  /** IPv4 or IPv6 address, or a name: its first address is taken. */
  host: string;
  port: number;
}

/** What each connection does. */
export interface Work {
  protocol: LoadProtocol;
  /** TCP connections, or UDP sockets, to each target. */
  connections: number;
  /** Requests outstanding per connection; for UDP the window (at most 16,384). Not used by the open loop. */
  depth: number;
  /** Payload bytes of one message: 1 to 1,048,576; udp-echo 8 to 65,507. Not used by `fixed`. */
  messageBytes: number;
  /**
   * `stream` keeps connections open; `connect` is connect, one echo, client FIN, wait for the server's FIN, close: one
   * such cycle is one message, `connections` of them go on at a time, and `depth` is not used. TCP only, not in openLoop.
   */
  mode?: 'stream' | 'connect';
  /** Only for `fixed`: at most 65,536 bytes each. */
  fixed?: { request: Uint8Array; reply: Uint8Array };
}

/** How the engine itself runs. */
export interface EngineSettings {
  /** Threads, one epoll loop each; connections are divided among them. A duel takes exactly 1. */
  threads: number;
  /** CPUs to pin the threads to, in turn; empty: not pinned. */
  cpus: number[];
  /** Seeds the payload bytes; printed by callers so that a run can be replayed. */
  seed: number;
  /** A connection that makes no progress for this long while something is outstanding ends the run. */
  stallTimeoutMs: number;
  /** Only UDP: a sequence number without a reply for this long is lost; a later reply to it is late. */
  udpExpiryMs: number;
}

export interface ClosedLoop extends EngineSettings {
  target: Target;
  work: Work;
  /** Load that is not counted; what is outstanding at its end is awaited before measuring begins. 0: none. */
  warmupMs: number;
  durationMs: number;
}

export interface OpenLoop extends ClosedLoop {
  /** Offered rate over all connections. Latency counts from the intended send time. */
  ratePerSecond: number;
}

export interface Duel extends EngineSettings {
  a: Target;
  b: Target;
  /** Work may differ when the two speak different protocols (framed against raw echo). */
  workA: Work;
  workB: Work;
  /** Length of one slice, 5 to 10 ms. Slices alternate, the order flips pair by pair, each is drained before the switch. */
  sliceMs: number;
  warmupMs: number;
  /** Of both sides together, drains included. */
  durationMs: number;
}

/** UDP only: every sequence number ends in exactly one of received, late, lost. */
export interface DatagramCounts {
  sent: number;
  received: number;
  late: number;
  lost: number;
  duplicated: number;
  /** Datagrams that the kernel dropped at the engine's own sockets (SO_MEMINFO drops). */
  droppedHere: number;
}

/** What one target did in one run (warm-up not counted). */
export interface Measurement {
  /**
   * Messages answered within `durationNs`. Replies to the messages that are still outstanding at the end of the time (in
   * a duel: of a slice) are awaited and verified; they are in `latency`, lest a slow one escape, but not in this count. In
   * the open loop all messages whose intended send time lies in the measured time count, and `durationNs` lasts until the
   * last of their replies.
   */
  messages: number;
  /** Payload bytes that came back and were verified. */
  bytes: number;
  /** Time in which this target was under load. */
  durationNs: number;
  /**
   * Latency in nanoseconds: from just before the send call that carries a message's first byte (open loop: from its intended
   * send time) to just after the read that brought its reply's last; in connect mode that of the whole cycle. Messages of one
   * call share a reading of the clock.
   */
  latency: Histogram;
  datagrams?: DatagramCounts;
}

export interface RunResult extends Measurement {
  /** CPU time of the engine's threads over the measured time. */
  engineCpuNs: number;
  /**
   * Share of the measured time in which the engine's busiest thread was on a CPU, 0 to 1: near 1 the client was the limit.
   * Time that the open loop spins away while it waits for the next send time is not counted.
   */
  engineBusy: number;
  /** Open loop only: how late the engine itself was in sending. */
  scheduleLag?: { p50Ns: number; p99Ns: number; maxNs: number };
  /** True when the run was cancelled; what was measured until then is in the figures. */
  cancelled: boolean;
}

export interface DuelResult {
  a: Measurement;
  b: Measurement;
  /** Messages per second of each pair of slices: `rates[2 * i]` is A's and `rates[2 * i + 1]` B's. */
  rates: Float64Array;
  engineCpuNs: number;
  engineBusy: number;
  cancelled: boolean;
}

/** A snapshot while a run goes on. */
export interface Progress {
  phase: 'connecting' | 'warm-up' | 'measuring' | 'draining' | 'done';
  /** Messages answered so far, by all targets, warm-up included. */
  messages: number;
  /** Since the start of the run. */
  elapsedMs: number;
}

/** Why a run ended early: one sentence for people (`message`), and the facts. */
export type LoadFailureKind =
  | 'refused'
  | 'connect-timeout'
  | 'reset'
  | 'closed'
  | 'stalled'
  | 'wrong-byte'
  | 'wrong-id'
  | 'wrong-frame'
  | 'out-of-ports'
  | 'system';

export interface LoadFailureFacts {
  kind: LoadFailureKind;
  target: Target;
  /** Index of the connection. */
  connection?: number;
  /** Offset of the first wrong byte in the reply stream of this connection, or in the datagram. */
  offset?: number;
  /** Id (framed) or sequence number (UDP, tcp-echo and fixed: counted from 0) of the message. */
  id?: number;
  /** What should have come: a byte, an id, or for a datagram of the wrong size its length. */
  expected?: number;
  actual?: number;
  /** Messages that this connection had answered, and those still outstanding. */
  replies?: number;
  outstanding?: number;
  /** The call that the system refused, and its error name (ECONNREFUSED). */
  call?: string;
  errno?: string;
}

export interface RunHandle<Result> {
  /** Rejects with a LoadFailure. */
  readonly result: Promise<Result>;
  progress(): Progress;
  /** Ends the run soon; `result` resolves with `cancelled: true` and what was measured so far. */
  cancel(): void;
}
