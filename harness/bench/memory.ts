/**
 * What an idle connection costs a server: growth of its resident memory over many connections that each echoed once.
 *
 * User-space memory of the server only. What the kernel holds for a socket is the same for every language.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Target } from '../native/load.ts';
import { livingSessionMembers } from '../process-tree.ts';
import type { Suite } from '../servers.ts';

const CONNECTING_AT_ONCE = 64;
/** Opened first and held, so that what a server allocates once is not counted per connection. */
const FIRST_CONNECTIONS = 100;
const REPLY_DEADLINE_MS = 5000;
const PAYLOAD = Buffer.alloc(64, 0x61);

/** Idle connections that a server holds until they are closed. */
export interface IdleConnections {
  count: number;
  close(): void;
}

/**
 * Bytes of resident memory per connection.
 *
 * Nothing is closed between the two readings: a server deals with a close later than its client, and would give
 * memory back while another connection takes it.
 * @param pid leader of the server's session; the server should be fresh
 * @throws Error in one line when a connection is refused or not answered
 */
export async function memoryPerConnection(
  target: Target,
  protocol: Suite,
  pid: number,
  count: number,
): Promise<number> {
  const first = await openIdle(target, protocol, FIRST_CONNECTIONS);
  try {
    const before = residentBytes(pid);
    const idle = await openIdle(target, protocol, count);
    const after = residentBytes(pid);
    idle.close();
    return (after - before) / count;
  } finally {
    first.close();
  }
}

/** Opens connections that each send one message, wait for its echo, and then stay silent. */
export async function openIdle(target: Target, protocol: Suite, count: number): Promise<IdleConnections> {
  const sockets: Socket[] = [];
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  try {
    while (sockets.length < count) {
      const batch = Math.min(CONNECTING_AT_ONCE, count - sockets.length);
      const opened = Array.from({ length: batch }, () => connect(target.port, target.host));
      sockets.push(...opened);
      await Promise.all(opened.map((socket) => echoOnce(socket, protocol)));
    }
  } catch (error) {
    close();
    throw error;
  }
  return { count, close };
}

/** ECHO with id 0, or the bytes themselves: the reply has as many bytes as the request in both protocols. */
async function echoOnce(socket: Socket, protocol: Suite): Promise<void> {
  const request =
    protocol === 'framed'
      ? Buffer.concat([Buffer.from([0, 0, 0, PAYLOAD.length, 1, 0, 0, 0]), PAYLOAD])
      : PAYLOAD;
  socket.on('error', () => socket.destroy());
  socket.write(request);
  let received = 0;
  const signal = AbortSignal.timeout(REPLY_DEADLINE_MS);
  while (received < request.length) {
    const [chunk] = (await Promise.race([
      once(socket, 'data', { signal }),
      once(socket, 'close', { signal }).then(() => {
        throw new Error('the server closed an idle connection');
      }),
    ])) as [Buffer];
    received += chunk.length;
  }
}

/** Proportional share of the resident memory of all processes of a session, in bytes. */
function residentBytes(leader: number): number {
  return livingSessionMembers(leader).reduce((sum, pid) => sum + pss(pid), 0);
}

function pss(pid: number): number {
  const [, kib] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
  return Number(kib ?? 0) * 1024;
}
