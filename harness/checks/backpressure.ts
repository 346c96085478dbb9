/**
 * Checks of backpressure: a peer that does not read must cost the server no more than the named
 * limits, and must lose nothing.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { pipeline } from './exchange.ts';

const MIB = 1024 * 1024;
const MESSAGE_BYTES = 16_000;
/**
 * Good servers take `--max-pending-bytes` (1 MiB) and what the kernel's buffers hold: up to 0.3 MiB
 * in the arena, up to 10 MiB elsewhere.
 */
const SIZES = {
  arena: { limitMib: 4, offeredMib: 6, resumedMib: 3 },
  elsewhere: { limitMib: 32, offeredMib: 40, resumedMib: 16 },
};

const base = { level: 'must', tier: 'quick', topic: 'backpressure', suites: ['tcp-echo', 'framed'] } as const;

export const backpressureChecks: readonly Check[] = [
  {
    ...base,
    id: 'bp.slow-reader',
    title: 'stops reading from a client that never reads its replies',
    rule: 'docs/contract.md section 7',
    run: slowReader,
  },
  {
    ...base,
    id: 'bp.resume',
    title: 'goes on where it stopped when a slow client reads again',
    rule: 'docs/contract.md section 7',
    run: resume,
  },
];

function sizes(context: CheckContext): (typeof SIZES)['arena'] {
  return context.inArena ? SIZES.arena : SIZES.elsewhere;
}

/** A client that sends requests and reads nothing, when the server has taken what it takes. */
async function stalledClient(
  context: CheckContext,
  offeredMib: number,
): Promise<{ peer: Peer; replies: Buffer }> {
  const peer = await context.connect(context.server, { paused: true });
  const count = Math.ceil((offeredMib * MIB) / MESSAGE_BYTES);
  const { requests, replies } = pipeline(context, count, MESSAGE_BYTES);
  context.step(`offer ${offeredMib} MiB of requests and read no reply`);
  peer.write(requests);
  await context.settled(peer);
  return { peer, replies };
}

async function slowReader(context: CheckContext): Promise<void> {
  const { limitMib, offeredMib } = sizes(context);
  const { peer } = await stalledClient(context, offeredMib);
  if (peer.bytesSent > limitMib * MIB) {
    throw new CheckFailure({
      expected: `the server to stop reading after at most ${limitMib} MiB (--max-pending-bytes and the kernel's buffers)`,
      actual: `it took ${(peer.bytesSent / MIB).toFixed(1)} MiB from a client that read nothing`,
      cause: 'replies pile up in memory: one such client can take all of it',
      hint: "Node: write() returned false, so pause() until 'drain'. C: write() said EAGAIN, so stop reading until EPOLLOUT",
    });
  }
  await context.stillServes();
}

async function resume(context: CheckContext): Promise<void> {
  const { peer, replies } = await stalledClient(context, sizes(context).resumedMib);
  context.step('now read everything');
  peer.resume();
  await advise(
    {
      cause: 'the transfer stopped when the client was slow, and did not go on when it read again',
      hint: "what paused reading must start it again: 'drain' in Node, EPOLLOUT and then EPOLLIN in C",
    },
    async () => expectBytes('the replies', await peer.take(replies.length, 'all replies'), replies),
  );
}
