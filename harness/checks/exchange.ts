/**
 * One request and its reply, for tcp-echo and framed alike, so that a check of TCP behaviour can be
 * written once.
 *
 * Waits for the header of a framed reply before its payload: an ERROR is then shown as what it is,
 * not as missing bytes.
 */
import { CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { describeFrame, ECHO_REPLY, takeFrame } from './frames.ts';
import { reply, request } from './message.ts';

const NUMBER_DIGITS = 6;
const SENTINEL = Buffer.from('sentinel');

/** Takes the reply to an echo of `payload`; `what` names it: `reply 3 of 50`. */
export async function takeReply(
  context: CheckContext,
  peer: Peer,
  payload: Uint8Array,
  { id = 0, what = `the echo of ${payload.length} bytes` }: { id?: number; what?: string } = {},
): Promise<void> {
  if (context.suite !== 'framed') {
    expectBytes(what, await peer.take(payload.length, what), payload);
    return;
  }
  const got = await takeFrame(peer, what);
  const isReply = got.type === ECHO_REPLY && got.flags === 0 && got.id === id;
  if (!isReply) {
    const expected = `${what}: type 0x81, flags 0, id ${id}`;
    throw new CheckFailure({ expected, actual: `${describeFrame(got)}, flags ${got.flags}` });
  }
  expectBytes(`${what} (its payload)`, got.payload, payload);
}

/** Sends an echo request and takes its reply. */
export async function exchange(
  context: CheckContext,
  peer: Peer,
  payload: Uint8Array,
  options: { id?: number; what?: string } = {},
): Promise<void> {
  peer.write(request(context.suite, payload, options.id));
  await takeReply(context, peer, payload, options);
}

/**
 * The same; when the server falls silent before the reply is whole, a sentinel is sent. In a stream without frames its echo takes the
 * place of what is missing, which is then seen at once: without it a reply that is too short looks like one that is late.
 */
export async function exchangeWithSentinel(
  context: CheckContext,
  peer: Peer,
  payload: Uint8Array,
  options: { id?: number; what?: string } = {},
): Promise<void> {
  if (context.suite === 'framed') return exchange(context, peer, payload, options);
  const { what = `the echo of ${payload.length} bytes` } = options;
  peer.write(payload);
  const taken = takeCompared(peer, payload, what);
  const isSilent = await Promise.race([taken.then(() => false), context.settled(peer).then(() => true)]);
  if (isSilent) {
    context.step(
      'the reply is not whole and the server sleeps: send a sentinel, whose echo shows what is missing',
    );
    peer.write(SENTINEL);
  }
  await taken;
  if (isSilent) await takeCompared(peer, SENTINEL, 'the echo of the sentinel');
}

/** Takes these bytes, and compares them as they come: the first wrong one ends the wait. */
export async function takeCompared(peer: Peer, expected: Uint8Array, what: string): Promise<void> {
  let taken = Buffer.alloc(0);
  while (taken.length < expected.length) {
    const room = expected.length - taken.length;
    const came = await peer.take(Math.min(Math.max(1, peer.buffered()), room), what);
    const wanted = expected.subarray(taken.length, taken.length + came.length);
    taken = Buffer.concat([taken, came]);
    if (!came.equals(wanted)) expectBytes(what, taken, expected);
  }
}

/**
 * `count` requests of `size` payload bytes (at least 6), and the bytes that answer them all. The
 * payloads share one random block and differ by their number in front: as good for telling them
 * apart, and fast enough for megabytes.
 */
export function pipeline(
  context: CheckContext,
  count: number,
  size: number,
): { requests: Buffer; replies: Buffer } {
  const block = context.random.digits(size);
  const payloads = Array.from({ length: count }, (_, i) => {
    const payload = Buffer.from(block);
    payload.write(String(i).padStart(NUMBER_DIGITS, '0'));
    return payload;
  });
  return {
    requests: Buffer.concat(payloads.map((payload, i) => request(context.suite, payload, i & 0xffff))),
    replies: Buffer.concat(payloads.map((payload, i) => reply(context.suite, payload, i & 0xffff))),
  };
}

/** Fails when bytes have come that nobody asked for. */
export function expectNothingMore(peer: Peer): void {
  if (peer.buffered() === 0) return;
  throw new CheckFailure({
    expected: 'nothing after the owed replies',
    actual: `${peer.buffered()} more bytes`,
    cause: 'more was sent than the bytes that had been read',
    hint: 'the length of what you write: what read() returned, or the size of the buffer?',
  });
}
