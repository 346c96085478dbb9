/**
 * The check of what may wait behind a GENERATE while its client reads: a socket that takes everything says nothing about a queue.
 *
 * What may wait for a client that does not read is judged by frame.pending-bound.
 */
import { MIB } from '../units.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext } from './context.ts';
import { takeSomeGenerated } from './frame-replies.ts';
import { generate } from './frames.ts';
import { requestsOf, sizes } from './stalled.ts';

const PENDING_BYTES = 262_144;
/** So often what is offered meanwhile: time enough to take all of it, for a server that does. */
const STREAM_FACTOR = 6;
/** Of the stream: a server may be ahead of its client by what the buffers hold. */
const JUDGED_PART = 0.75;

export const pendingChecks: readonly Check[] = [
  {
    id: 'frame.pending-behind-read',
    title: 'stops reading when too much waits behind a GENERATE, also when its client reads that fast',
    rule: 'docs/protocol.md section 3',
    level: 'must',
    tier: 'quick',
    topic: 'backpressure',
    suites: ['framed'],
    flags: { 'max-pending-bytes': PENDING_BYTES },
    why: 'A client that reads a long stream looks healthy: the socket takes everything. What it asks for meanwhile has to wait all the same, and a server that looks at the socket alone keeps all of it in memory.',
    how: 'A client asks for a long GENERATE, then for many ECHOs, and reads the stream as fast as it comes. When three quarters have come, the server may have taken --max-pending-bytes of the ECHOs and what the kernel buffers.',
    run: pendingBehindRead,
  },
];

async function pendingBehindRead(context: CheckContext): Promise<void> {
  const { limitMib: usualMib, offeredMib } = sizes(context);
  const limitMib = usualMib / 2;
  const count = STREAM_FACTOR * offeredMib * MIB;
  const peer = await context.connect();
  context.step(`send GENERATE ${count} and ${offeredMib} MiB of ECHOs, and read the stream`);
  peer.write(generate(0, count));
  peer.write(requestsOf(context, offeredMib).requests);
  await advise(
    {
      cause: 'the stream was broken off, or something else came before its end',
      hint: 'behind a GENERATE every in-order reply waits; frame.generate and frame.order try that with less',
    },
    () => takeSomeGenerated(peer, { id: 0, count }, 0, JUDGED_PART * count),
  );
  if (peer.bytesSent > limitMib * MIB) {
    throw new CheckFailure({
      expected: `the server to stop reading before ${limitMib} MiB`,
      actual: `it took ${(peer.bytesSent / MIB).toFixed(1)} MiB, and could answer none of it yet`,
      cause: 'replies that stand behind the GENERATE are not counted as waiting',
      hint: 'the bound is for everything that waits: what the socket did not take, what is queued, payloads of DELAYs',
    });
  }
  await context.stillServes();
}
