/**
 * Sends bytes as unkindly as TCP may: whole, cut anywhere, or one by one. The seed decides which, so that a failure can be replayed.
 *
 * A cut is real: the next piece is sent when the kernel says that the server has read the one before. Not for a server that has
 * stopped reading.
 */
import type { CheckContext, Peer, Random } from './context.ts';

/** So many reads are enough to show what cuts break; the rest goes in one piece. */
const MOST_CUTS = 16;
/** Small messages are cut where it hurts: in headers. */
const DRIBBLED_BYTES = 24;

/** Sends the bytes, cut in a way that the check's seed chooses, and resolves when the server has read all but the last piece. */
export async function deliver(context: CheckContext, peer: Peer, bytes: Uint8Array): Promise<void> {
  const { random } = context;
  const ways = [
    { how: 'in one piece', cuts: [] },
    {
      how: `the first ${DRIBBLED_BYTES} one by one`,
      cuts: everyOffset(Math.min(DRIBBLED_BYTES, bytes.length)),
    },
    { how: 'cut at random places', cuts: randomCuts(random, bytes.length) },
  ];
  const way = random.shuffle(ways)[0] as (typeof ways)[number];
  context.step(`(these ${bytes.length} bytes arrive ${way.how})`);
  await deliverCut(context, peer, bytes, way.cuts);
}

/** Sends the bytes in pieces that end at `cuts` (ascending offsets), each when the one before was read. */
export async function deliverCut(
  context: CheckContext,
  peer: Peer,
  bytes: Uint8Array,
  cuts: readonly number[],
): Promise<void> {
  let from = 0;
  for (const cut of cuts) {
    peer.write(bytes.subarray(from, cut));
    await context.consumed(peer);
    from = cut;
  }
  peer.write(bytes.subarray(from));
}

/** Up to MOST_CUTS different places, in order. */
export function randomCuts(random: Random, length: number): number[] {
  if (length < 2) return [];
  const places = Array.from({ length: random.integer(1, MOST_CUTS) }, () => random.integer(1, length - 1));
  return [...new Set(places)].sort((a, b) => a - b);
}

/** Every place in the first `length` bytes. */
export function everyOffset(length: number): number[] {
  return Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1);
}
