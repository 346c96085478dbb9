/**
 * Many clients of one server, a wave at a time, for the checks that count what they cost.
 *
 * A wave is short enough for the shortest accept queue that a check asks for.
 */
import { isBackAt } from './back-at.ts';
import type { CheckContext, Peer, Server } from './context.ts';
import { exchange } from './exchange.ts';

const WAVE = 50;
const PAYLOAD_BYTES = 16;

/** `count` visits of one client each, {@link WAVE} at the same time; `visit` gets the connection. */
export async function visit(
  context: CheckContext,
  count: number,
  visitor: (peer: Peer) => Promise<void>,
  server: Server = context.server,
): Promise<void> {
  for (let done = 0; done < count; done += WAVE) {
    const wave = Array.from({ length: Math.min(WAVE, count - done) }, () => context.connect(server));
    await Promise.all(wave.map(async (peer) => visitor(await peer)));
  }
}

/** `count` clients that stay connected, each after one exchange: so the server has accepted them all. */
export async function crowd(
  context: CheckContext,
  count: number,
  server: Server = context.server,
): Promise<Peer[]> {
  const peers: Peer[] = [];
  const stay = async (peer: Peer): Promise<void> => {
    await exchange(context, peer, context.random.digits(PAYLOAD_BYTES));
    peers.push(peer);
  };
  await visit(context, count, stay, server);
  return peers;
}

/** One exchange, then FIN from both ends: the whole life of a connection in good order. */
export async function comeAndGo(context: CheckContext, peer: Peer): Promise<void> {
  await exchange(context, peer, context.random.digits(PAYLOAD_BYTES));
  peer.end();
  await peer.ending();
}

/**
 * Resolves when the server has as few descriptors as before the visits. It has come to rest first: until then the kernel may hold
 * clients that the server has still to accept.
 */
export async function backAt(context: CheckContext, fds: number): Promise<void> {
  await context.asleep();
  await context.until(`the server to be back at ${fds} descriptors`, isBackAt(context, fds));
}
