/**
 * What is measured: each scenario is data. plan.ts decides when, rounds.ts carries it out.
 */
import type { Work } from '../native/load.ts';
import type { Suite } from '../servers.ts';

/** `duel` compares throughput under full load; `open` offers both the same rate and compares latency. */
type ScenarioKind = 'duel' | 'open';

export interface Scenario {
  /** Named by `ONLY=`. */
  id: string;
  title: string;
  protocol: Suite;
  kind: ScenarioKind;
  work: Work;
}

const SMALL_BYTES = 64;
const BULK_BYTES = 64 * 1024;

function tcp(connections: number, depth: number, messageBytes = SMALL_BYTES): Work {
  return { protocol: 'tcp-echo', connections, depth, messageBytes, mode: 'stream' };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    id: 'ping-pong',
    title: 'TCP ping-pong, 1 connection, 64 B',
    protocol: 'tcp-echo',
    kind: 'duel',
    work: tcp(1, 1),
  },
  {
    id: '64x1',
    title: 'TCP, 64 connections, depth 1, 64 B',
    protocol: 'tcp-echo',
    kind: 'duel',
    work: tcp(64, 1),
  },
  {
    id: '64x16',
    title: 'TCP, 64 connections, depth 16, 64 B',
    protocol: 'tcp-echo',
    kind: 'duel',
    work: tcp(64, 16),
  },
  {
    id: 'bulk',
    title: 'TCP bulk, 4 connections, 64 KiB',
    protocol: 'tcp-echo',
    kind: 'duel',
    work: tcp(4, 1, BULK_BYTES),
  },
  {
    id: 'connect',
    title: 'TCP connect, one echo, close; 16 at a time',
    protocol: 'tcp-echo',
    kind: 'duel',
    work: { ...tcp(16, 1), mode: 'connect' },
  },
  {
    id: 'udp-1',
    title: 'UDP ping-pong, 64 B',
    protocol: 'udp-echo',
    kind: 'duel',
    work: { protocol: 'udp-echo', connections: 1, depth: 1, messageBytes: SMALL_BYTES },
  },
  {
    id: 'udp-64',
    title: 'UDP, window 64, 64 B',
    protocol: 'udp-echo',
    kind: 'duel',
    work: { protocol: 'udp-echo', connections: 1, depth: 64, messageBytes: SMALL_BYTES },
  },
  {
    id: 'framed-1',
    title: 'framed, 64 connections, depth 1, 64 B',
    protocol: 'framed',
    kind: 'duel',
    work: { protocol: 'framed', connections: 64, depth: 1, messageBytes: SMALL_BYTES },
  },
  {
    id: 'framed-16',
    title: 'framed, 64 connections, depth 16, 64 B',
    protocol: 'framed',
    kind: 'duel',
    work: { protocol: 'framed', connections: 64, depth: 16, messageBytes: SMALL_BYTES },
  },
  {
    id: 'open',
    title: 'TCP, 64 connections, offered half of the capacity of the slower one',
    protocol: 'tcp-echo',
    kind: 'open',
    work: tcp(64, 1),
  },
];

/** The scenario with this id; it must be one of {@link SCENARIOS}. */
export function scenario(id: string): Scenario {
  const found = SCENARIOS.find((one) => one.id === id);
  if (!found)
    throw new RangeError(`no scenario ${id}; there are ${SCENARIOS.map((one) => one.id).join(', ')}`);
  return found;
}
