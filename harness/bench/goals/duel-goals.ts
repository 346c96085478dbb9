/**
 * The goals that one duel each can judge: who, against whom, in which scenario, and the ratio that is wanted. Data.
 */
import type { Work } from '../../native/load.ts';
import { referenceServer, type ServerSpec, type Suite, type Track } from '../../servers.ts';
import { missingFor, type PeerName, peer } from '../peers.ts';
import { scenario } from '../scenarios.ts';

export interface DuelGoal {
  goal: number;
  what: string;
  a: ServerSpec;
  workA: Work;
  b: ServerSpec;
  workB: Work;
  least: number;
  /** Then two duels and a bootstrap within them; else six duels, their median and range. */
  sameLanguage: boolean;
  /** What must be installed for B to run. */
  missing?: string;
}

interface Opponent {
  spec: ServerSpec;
  label: string;
  language: string;
  missing?: string;
}

function reference(protocol: Suite, track: Track): Opponent {
  const label = track === 'ts' ? 'TypeScript' : 'C';
  return { spec: referenceServer(protocol, track), label, language: label };
}

function known(name: PeerName, language: string): Opponent {
  const spec = peer(name);
  const missing = missingFor(spec);
  return { spec, label: name, language, ...(missing === undefined ? {} : { missing }) };
}

function against(
  goal: number,
  a: Opponent,
  b: Opponent,
  scenarioId: string,
  least: number,
  workB?: Work,
): DuelGoal {
  const { work } = scenario(scenarioId);
  return {
    goal,
    what: `${scenarioId}: ${a.label} / ${b.label}`,
    a: a.spec,
    workA: work,
    b: b.spec,
    workB: workB ?? work,
    least,
    sameLanguage: a.language === b.language,
    ...(b.missing === undefined ? {} : { missing: b.missing }),
  };
}

/** Made anew for each run, because it looks at what is installed. */
export function duelGoals(): DuelGoal[] {
  const [c, ts] = [reference('tcp-echo', 'c'), reference('tcp-echo', 'ts')];
  const [framedC, framedTs] = [reference('framed', 'c'), reference('framed', 'ts')];
  const [udpC, udpTs] = [reference('udp-echo', 'c'), reference('udp-echo', 'ts')];
  const libuv = known('libuv-echo', 'C');
  const go = known('go-echo', 'Go');
  const blocking = known('blocking-tcp', 'C');
  const recvfrom = known('blocking-udp', 'C');
  const pipe = known('socket-pipe', 'TypeScript');
  const raw = scenario('64x16').work;
  return [
    against(1, c, libuv, '64x1', 1.0),
    against(1, c, libuv, '64x16', 1.0),
    against(1, c, go, '64x1', 1.2),
    against(1, c, go, '64x16', 1.2),
    against(2, c, blocking, 'ping-pong', 0.95),
    against(3, c, blocking, 'bulk', 0.95),
    against(4, ts, pipe, 'ping-pong', 1.0),
    against(4, ts, pipe, '64x1', 1.0),
    against(4, ts, pipe, '64x16', 1.2),
    against(4, ts, pipe, 'bulk', 1.6),
    against(4, ts, pipe, 'connect', 1.0),
    against(5, ts, c, 'ping-pong', 0.85),
    against(5, ts, c, '64x1', 0.55),
    against(5, ts, c, '64x16', 0.6),
    against(5, ts, c, 'bulk', 0.85),
    against(6, { ...framedC, label: 'C framed' }, { ...c, label: 'C raw echo' }, 'framed-16', 0.9, raw),
    against(6, framedC, known('framed-send-per-frame', 'C'), 'framed-16', 8),
    against(
      6,
      { ...framedTs, label: 'TypeScript framed' },
      { ...ts, label: 'TypeScript raw echo' },
      'framed-16',
      0.9,
      raw,
    ),
    against(6, framedTs, known('framed-naive-concat', 'TypeScript'), 'framed-16', 5),
    against(7, udpC, recvfrom, 'udp-64', 1.4),
    against(7, udpTs, recvfrom, 'udp-1', 0.6),
    against(7, udpTs, recvfrom, 'udp-64', 0.25),
  ];
}
