/**
 * One step of a run as data, and its name in words. plan.ts puts steps in order, rounds.ts carries them out.
 */
import type { Suite } from '../servers.ts';
import type { PeerName } from './peers.ts';
import type { Scenario } from './scenarios.ts';

export type Side = 'a' | 'b';

export const SIDES: readonly Side[] = ['a', 'b'];

/** `estimateMs`: how long it takes, all in all. */
export type Step = { estimateMs: number } & (
  | { kind: 'gate'; side: Side; protocol: Suite }
  | { kind: 'duel'; scenario: Scenario; round: number; warmupMs: number }
  | { kind: 'calibration'; scenario: Scenario }
  | { kind: 'open'; scenario: Scenario; round: number; warmupMs: number }
  | { kind: 'self-check'; side: Side; scenario: Scenario }
  | { kind: 'cost'; scenario: Scenario; side: Side }
  | { kind: 'memory'; protocol: Suite; side: Side }
  | { kind: 'datagrams'; scenario: Scenario; side: Side }
  | { kind: 'floor'; transport: 'tcp' | 'udp' }
  | { kind: 'peer'; peer: PeerName; scenario: Scenario; side: Side }
);

/** The step in a few words, for progress and failures. */
export function describe(step: Step): string {
  switch (step.kind) {
    case 'gate':
      return `gate of ${step.protocol}`;
    case 'duel':
    case 'open':
      return `round ${step.round}, ${step.scenario.id}`;
    case 'calibration':
      return `capacity for ${step.scenario.id}`;
    case 'self-check':
      return 'self-check (a server against itself)';
    case 'cost':
      return `cost of ${step.scenario.id}`;
    case 'memory':
      return `memory of ${step.protocol}`;
    case 'datagrams':
      return `datagram accounting of ${step.scenario.id}`;
    case 'floor':
      return `floor of ${step.transport.toUpperCase()}`;
    case 'peer':
      return `${step.scenario.id} against ${step.peer}`;
  }
}
