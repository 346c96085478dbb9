/**
 * The check that a client which only reads, slowly, is not taken for idle.
 *
 * That the limit exists is checked in abuse.ts, that input counts in abuse-clients.ts.
 */
import { MIB } from '../units.ts';
import { type Check, expectBytes } from './check.ts';
import type { CheckContext } from './context.ts';
import { FIRST_IDLE_LIMIT_MS, type IdleTry, judgeActivity } from './idle-limit.ts';
import { requestsOf } from './stalled.ts';

const PIECES = 5;
/** More than the buffers of the kernel hold in the arena: to fill one, the server has to send. */
const PIECE_MIB = 0.75;
/** Everything fits: nothing is left to be read when the client begins to. */
const flags = { 'max-pending-bytes': 64 * MIB } as const;

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
    flags: { ...flags, 'idle-timeout-ms': FIRST_IDLE_LIMIT_MS },
    why: 'Whoever downloads something large sends nothing for a long time. A limit that looks at input alone cuts off every client that is slower than the file is long.',
    how: `A client sends ${PIECES * PIECE_MIB} MiB of requests, which the server can take whole, and then reads the replies in ${PIECES} pieces with pauses between them, each shorter than --idle-timeout-ms, all together longer. A piece is more than the kernel's buffers hold, so that each makes the server send. A try in which a pause became too long on a busy machine does not count; the next has times twice as long.`,
    run: idleOutput,
  },
];

async function idleOutput(context: CheckContext): Promise<void> {
  const advice = {
    expected: 'the connection to stay open while the client takes replies now and then',
    cause: 'only input counts as activity: the idle time began with the last byte that the client had sent',
    hint: 'begin the idle time anew when write() has taken bytes too. One large write in Node moves for a long time before it is done: look at the bytes that still wait',
  };
  await judgeActivity(context, flags, advice, (idle) => readsToTheEnd(context, idle));
}

async function readsToTheEnd(context: CheckContext, idle: IdleTry): Promise<void> {
  const { requests, replies } = requestsOf(context, PIECES * PIECE_MIB);
  const peer = await context.connect(idle.server, { paused: true });
  await idle.move(async () => {
    context.step(`send ${requests.length} bytes of requests, and no more`);
    peer.write(requests);
    await context.settled(peer);
  });
  const pieceBytes = Math.ceil(replies.length / PIECES);
  for (let offset = 0; offset < replies.length; offset += pieceBytes) {
    if (offset > 0) await idle.pause();
    const expected = replies.subarray(offset, offset + pieceBytes);
    context.step(`read ${expected.length} bytes of the replies, from offset ${offset}`);
    peer.resume();
    const piece = await idle.move(() => peer.take(expected.length, 'the next piece of the replies'));
    peer.pause();
    expectBytes('the next piece of the replies', piece, expected);
  }
  peer.end();
}
