/**
 * The check that a client which only reads, slowly, is not taken for idle.
 *
 * That the limit exists is checked in abuse.ts, that input counts in abuse-clients.ts.
 */
import { MIB } from '../units.ts';
import { type Check, CheckFailure, expectBytes, NotJudged } from './check.ts';
import type { CheckContext } from './context.ts';
import { requestsOf } from './stalled.ts';

const IDLE_TIMEOUT_MS = 600;
/** Between two pieces; all together are longer than the limit. */
const PAUSE_MS = 200;
const PIECES = 5;
/** More than the buffers of the kernel hold in the arena: to fill one, the server has to send. */
const PIECE_MIB = 0.75;
/** Everything fits: nothing is left to be read when the client begins to. */
const PENDING_BYTES = 64 * MIB;
/** Of a machine so busy that the pauses became too long. */
const ATTEMPTS = 5;

export const slowReaderChecks: readonly Check[] = [
  {
    id: 'abuse.idle-output',
    title: 'takes bytes that leave for activity: a client that reads slowly is not idle',
    rule: 'docs/contract.md section 6',
    level: 'must',
    tier: 'quick',
    topic: 'resources',
    suites: ['tcp-echo', 'framed'],
    needs: ['arena'],
    flags: { 'idle-timeout-ms': IDLE_TIMEOUT_MS, 'max-pending-bytes': PENDING_BYTES },
    why: 'Whoever downloads something large sends nothing for a long time. A limit that looks at input alone cuts off every client that is slower than the file is long.',
    how: `A client sends ${PIECES * PIECE_MIB} MiB of requests, which the server can take whole, and then reads the replies in ${PIECES} pieces, ${PAUSE_MS} ms apart, with --idle-timeout-ms ${IDLE_TIMEOUT_MS}. A piece is more than the kernel's buffers hold, so that each makes the server send. A round in which the pauses became too long on a busy machine does not count.`,
    run: idleOutput,
  },
];

async function idleOutput(context: CheckContext): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await readsToTheEnd(context)) return;
  throw new NotJudged('this machine is too busy to keep the pauses short enough');
}

/** False when it was closed after a pause so long that the server was right to do so. */
async function readsToTheEnd(context: CheckContext): Promise<boolean> {
  const { requests, replies } = requestsOf(context, PIECES * PIECE_MIB);
  let movedAt = performance.now();
  const peer = await context.connect(context.server, { paused: true });
  context.step(`send ${requests.length} bytes of requests, and no more`);
  peer.write(requests);
  await context.settled(peer);
  const pieceBytes = Math.ceil(replies.length / PIECES);
  for (let offset = 0; offset < replies.length; offset += pieceBytes) {
    if (offset > 0) await context.elapse(PAUSE_MS, 'a pause, shorter than the idle limit');
    const beganAt = performance.now();
    const expected = replies.subarray(offset, offset + pieceBytes);
    context.step(`read ${expected.length} bytes of the replies, from offset ${offset}`);
    peer.resume();
    const piece = await peer.take(expected.length, 'the next piece of the replies').catch((error) => error);
    if (piece instanceof CheckFailure && performance.now() - movedAt >= IDLE_TIMEOUT_MS) return false;
    if (piece instanceof CheckFailure) throw closedTooSoon(piece);
    if (piece instanceof Error) throw piece;
    peer.pause();
    expectBytes('the next piece of the replies', piece, expected);
    movedAt = beganAt;
  }
  peer.end();
  return true;
}

function closedTooSoon({ facts }: CheckFailure): CheckFailure {
  return new CheckFailure({
    expected: 'the connection to stay open while the client takes replies now and then',
    actual: facts.actual,
    cause: 'only input counts as activity: the idle time began with the last byte that the client had sent',
    hint: 'begin the idle time anew when write() has taken bytes too. One large write in Node moves for a long time before it is done: look at the bytes that still wait',
  });
}
