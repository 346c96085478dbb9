/**
 * Where a server listens, as the kernel says: the sockets that its processes hold and that take connections or datagrams.
 *
 * The ready line tells what a server believes; this tells what is true. Needs the addon.
 */
import { socketInodes } from '../process-tree.ts';
import type { AcceptQueue, Listener } from './context.ts';

/** Loaded when it is asked for: where the addon is not built, checks that need it are not judged. */
const sockets = () => import('../native/sockets.ts');

/** Listening TCP sockets, and UDP sockets that are bound and not connected, of a session. */
export async function listenersOf(session: number): Promise<Listener[]> {
  const { socketTable } = await sockets();
  const held = socketInodes(session);
  return socketTable()
    .filter(
      ({ inode, transport, state }) =>
        held.has(inode) && state === (transport === 'tcp' ? 'LISTEN' : 'CLOSE'),
    )
    .map(({ local }) => local);
}

/** The accept queues of a session on this port, as one: a server with workers has several. */
export async function acceptQueueOf(session: number, port: number): Promise<AcceptQueue> {
  const { socketTable } = await sockets();
  const held = socketInodes(session);
  const total = { waiting: 0, backlog: 0, drops: 0 };
  for (const { inode, state, rxQueue, backlog = 0, drops } of socketTable(port)) {
    if (state !== 'LISTEN' || !held.has(inode)) continue;
    total.waiting += rxQueue;
    total.backlog += backlog;
    total.drops += drops;
  }
  return total;
}

/** Connections of this port whose server closed them first and that the kernel still remembers (TIME_WAIT). */
export async function timeWaits(port: number): Promise<number> {
  const { socketTable } = await sockets();
  return socketTable(port).filter(({ local, state }) => local.port === port && state === 'TIME_WAIT').length;
}
