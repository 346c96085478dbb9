/**
 * Clients that send and do not read, for the checks of backpressure and memory.
 *
 * How much a good server takes from one: `--max-pending-bytes`, and what the buffers of the kernel hold.
 */
import { MIB } from '../units.ts';
import type { CheckContext, Peer, Server } from './context.ts';
import { pipeline } from './exchange.ts';

const MESSAGE_BYTES = 16_000;

interface Sizes {
  /** What a good server takes at most, with the default --max-pending-bytes. */
  limitMib: number;
  /** More than that by far. */
  offeredMib: number;
  /** Enough to make it stop reading. */
  resumedMib: number;
}

/** Buffers of the kernel hold up to 0.3 MiB in the arena, and up to 10 MiB elsewhere. */
const SIZES: Readonly<Record<'arena' | 'elsewhere', Sizes>> = {
  arena: { limitMib: 4, offeredMib: 6, resumedMib: 3 },
  elsewhere: { limitMib: 32, offeredMib: 40, resumedMib: 16 },
};

export function sizes(context: CheckContext): Sizes {
  return context.inArena ? SIZES.arena : SIZES.elsewhere;
}

/** Requests of `mib` MiB in messages of 16,000 bytes, and their replies. */
export function requestsOf(context: CheckContext, mib: number): { requests: Buffer; replies: Buffer } {
  return pipeline(context, Math.ceil((mib * MIB) / MESSAGE_BYTES), MESSAGE_BYTES);
}

/** A client that sends requests and reads nothing, when the server has taken what it takes. */
export async function stalledClient(
  context: CheckContext,
  offeredMib: number,
  server: Server = context.server,
): Promise<{ peer: Peer; replies: Buffer }> {
  const peer = await context.connect(server, { paused: true });
  const { requests, replies } = requestsOf(context, offeredMib);
  context.step(`offer ${offeredMib} MiB of requests and read no reply`);
  peer.write(requests);
  await context.settled(peer);
  return { peer, replies };
}
