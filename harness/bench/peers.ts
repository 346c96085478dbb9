/**
 * What the reference servers are compared with: the programs of peers/, as servers that can be started.
 *
 * Data and look-ups only; goals.ts and plan.ts say which duel each takes part in.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT, type ServerSpec, type Suite } from '../servers.ts';

const SOURCES = join(ROOT, 'harness', 'bench', 'peers');
const BUILT = join(ROOT, 'build', 'peers');

export interface Peer extends ServerSpec {
  /** One line for the table. */
  what: string;
  /** A program that must be installed for it to run, or to have been built. */
  needs?: string;
  /** A request and its reply, for peers that are no echo servers. */
  fixed?: { request: Uint8Array; reply: Uint8Array };
}

export type PeerName =
  | 'blocking-tcp'
  | 'blocking-udp'
  | 'libuv-echo'
  | 'go-echo'
  | 'redis'
  | 'socat'
  | 'socket-pipe'
  | 'dgram-plain'
  | 'framed-send-per-frame'
  | 'framed-naive-concat';

export const PEERS: readonly Peer[] = [
  built('blocking-tcp', 'tcp-echo', 'C, blocking calls, a thread per connection'),
  built('blocking-udp', 'udp-echo', 'C, one recvfrom and one sendto per datagram'),
  built('libuv-echo', 'tcp-echo', 'C on libuv', 'libuv1-dev'),
  built('go-echo', 'tcp-echo', 'Go, a goroutine per connection', 'golang-go'),
  {
    ...script('redis', 'redis-server, PING, one thread', 'redis-server'),
    fixed: { request: Buffer.from('*1\r\n$4\r\nPING\r\n'), reply: Buffer.from('+PONG\r\n') },
  },
  script('socat', 'socat, a process per connection', 'socat'),
  typescript('socket-pipe', 'tcp-echo', 'TypeScript, socket.pipe(socket)'),
  typescript('dgram-plain', 'udp-echo', 'TypeScript, one send per message event'),
  built('framed-send-per-frame', 'framed', 'C, one send per frame'),
  typescript('framed-naive-concat', 'framed', 'TypeScript, Buffer.concat per read'),
];

/** The peer with this name. */
export function peer(name: PeerName): Peer {
  const found = PEERS.find((one) => one.name === name);
  if (!found) throw new RangeError(`no peer ${name}`);
  return found;
}

/** What must be installed before the peer can run; undefined when it can. */
export function missingFor(one: Peer): string | undefined {
  if (one.built) return existsSync(one.built.file) ? undefined : (one.needs ?? one.built.make);
  return one.needs === undefined || isInstalled(one.needs) ? undefined : one.needs;
}

/** True when a program of this name is on the path. */
export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

/** Other load generators, which `make goals` compares the engine with: no servers. */
export const SECOND_GENERATOR = join(BUILT, 'second-generator');
export const NODE_CLIENT = join(SOURCES, 'node-client.ts');

/** The server that sockperf's client needs. */
export const SOCKPERF_SERVER: ServerSpec = {
  name: 'sockperf',
  protocol: 'tcp-echo',
  track: 'command',
  argv: [join(SOURCES, 'sockperf.sh')],
};

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function built(name: PeerName, protocol: Suite, what: string, needs?: string): Peer {
  const file = join(BUILT, name);
  const made = { file, make: 'make -C harness/bench/peers' };
  return { name, protocol, track: 'command', argv: [file], built: made, what, ...(needs ? { needs } : {}) };
}

function typescript(name: PeerName, protocol: Suite, what: string): Peer {
  const argv = [process.execPath, join(SOURCES, `${name}.ts`)] as const;
  return { name, protocol, track: 'command', argv: [...argv], what };
}

function script(name: PeerName, what: string, needs: string): Peer {
  return { name, protocol: 'tcp-echo', track: 'command', argv: [join(SOURCES, `${name}.sh`)], what, needs };
}
