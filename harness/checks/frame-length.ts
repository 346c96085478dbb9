/**
 * Checks of a frame's header: byte order, lengths and their limit.
 *
 * Every refusal stands between two ordinary exchanges, so that a dead server cannot pass for a strict one.
 */
import { type Advice, advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer, Server } from './context.ts';
import { exchange, expectNothingMore, takeReply } from './exchange.ts';
import { expectLike } from './frame-replies.ts';
import { ECHO, ECHO_REPLY, frame, HEADER_BYTES, header, takeError, takeFrame } from './frames.ts';

const SMALL_LIMIT = 65_536;
const DEFAULT_LIMIT = 1_048_576;

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['framed'] } as const;

/** Before all others of the framed suite: whoever fails these fails nearly everything. */
export const headerChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.endian',
    title: 'reads and writes lengths in big-endian byte order',
    rule: 'docs/protocol.md section 1',
    why: 'Two machines that disagree about the order of bytes agree on 1 and on nothing above 255. Network byte order is big-endian, and only a fixed vector shows it: a server that is wrong in both directions echoes happily.',
    how: 'One frame and its reply, byte for byte as docs/protocol.md writes them.',
    run: endian,
  },
  {
    ...base,
    id: 'frame.header-split',
    title: 'understands a header that arrives byte by byte',
    rule: 'docs/protocol.md section 4',
    why: 'A header is eight bytes, and TCP may deliver one. Who reads it with one read() works in every test on loopback and fails on a mobile network.',
    how: 'Each byte of the header is sent when the server has read the one before; then the payload.',
    run: headerSplit,
  },
];

export const frameChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.zero',
    title: 'answers an empty frame with an empty frame',
    rule: 'docs/protocol.md section 1',
    why: 'Zero is a length like any other, but the one that many loops end at: an empty message is then skipped, or taken for the end.',
    how: 'An empty ECHO, and when it was read another one; both replies must come, in this order.',
    run: zero,
  },
  {
    ...base,
    id: 'frame.max',
    title: 'accepts a frame of exactly --max-frame-size bytes',
    rule: 'docs/protocol.md section 1',
    why: 'A limit says what is allowed. One that is off by one, or a length that is kept in 16 bits, breaks the largest message, which is the one that somebody needs.',
    how: 'ECHO of one byte less than the limit and of the limit itself, with a small limit and with the default.',
    flags: { 'max-frame-size': SMALL_LIMIT },
    run: max,
  },
  {
    ...base,
    id: 'frame.oversize',
    title:
      'refuses a length above the limit with ERROR 1 as soon as the header is there, and harms nobody else',
    rule: 'docs/protocol.md section 4',
    why: 'A length is a claim. Who believes it waits for, or allocates, what will never come; and who answers by ending the process gives every client a switch to turn the service off.',
    how: 'Lengths just above the limit and far above it. ERROR 1 with the id must come before any payload, then FIN; another connection and a new one must go on.',
    flags: { 'max-frame-size': SMALL_LIMIT },
    run: (context) => refusesLengths(context, [SMALL_LIMIT + 1, 0x7fff_ffff], OVERSIZE_ADVICE),
  },
  {
    ...base,
    id: 'frame.length-sign',
    title: 'takes a length for what it is: unsigned',
    rule: 'docs/protocol.md section 1',
    why: 'In a signed variable 0x80000000 is negative, below every limit. The comparison passes, and the size is then taken for four gigabytes.',
    how: 'Two lengths with the highest bit set must be refused like any other that is too large.',
    run: async (context) => {
      await refusesLengths(context, [0x8000_0000], SIGN_ADVICE);
      // Who refuses the first one, and not this, has no sign but a sum: 8 more than it is 7 in 32 bits.
      await refusesLengths(context, [0xffff_ffff], WRAP_ADVICE);
    },
  },
  {
    ...base,
    id: 'frame.length-wrap',
    title: 'refuses lengths to which the size of the header cannot be added in 32 bits',
    rule: 'docs/protocol.md section 1',
    why: 'Eight more than 0xfffffff8 is 0 in 32 bits: a size that passes every limit. So have servers been made to write past their buffers.',
    how: 'Lengths from 0xfffffff8 on, whose sum with the header is 0 to 7: each must be refused like any other that is too large.',
    run: (context) => refusesLengths(context, [0xffff_fff8, 0xffff_fffc, 0xffff_ffff], WRAP_ADVICE),
  },
];

const OVERSIZE_ADVICE = {
  cause: 'the length is used before it is compared with --max-frame-size, or the refusal is not sent',
  hint: 'when 8 bytes are there: length > limit? Then ERROR 1 with the id of the frame, FIN, and read no more frames',
};

const SIGN_ADVICE = {
  cause: 'the length was taken for a negative number, which is below any limit',
  hint: 'C: uint32_t, never int. Node: readUInt32BE(), not readInt32BE() and not bit operators (they are signed)',
};

const WRAP_ADVICE = {
  cause: 'header and length were added before the comparison, and the sum had no more than 32 bits',
  hint: 'compare length > limit first, and add only then (size_t, or a plain number in JavaScript)',
};

const UNANSWERED_ADVICE = {
  cause:
    'one small request got no answer at all: it does not go all the way through the server, or its length was read backwards, as 16,777,216',
  hint: 'follow it: accept, read, decode, answer, write. The first function on this way that is still a TODO, or never called, is the one. Then the length: C ntohl(), Node readUInt32BE()',
};

const NOT_ENDED_ADVICE = {
  cause:
    'the ERROR came, but the connection was not ended: where the next frame begins, nobody knows any more',
  hint: 'ERROR 1 is fatal: after it read no more frames, and end your half. Node: end(). C: shutdown(fd, SHUT_WR)',
};

async function endian(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const what = 'the reply, 00 00 00 01 81 00 00 07 41';
  context.step('send ECHO of "A", id 7: 00 00 00 01 01 00 00 07 41');
  peer.write(Buffer.from('000000010100000741', 'hex'));
  const first = await advise(UNANSWERED_ADVICE, () => peer.take(1, what));
  await advise(
    {
      cause: 'the length is big-endian (network byte order): 00 00 00 01 is 1, and 1 is written 00 00 00 01',
      hint: 'C: ntohl() and htonl(). Node: readUInt32BE() and writeUInt32BE()',
    },
    async () => {
      const head = Buffer.concat([first, await peer.take(HEADER_BYTES - 1, what)]);
      expectBytes('the header of the reply', head, Buffer.from('0000000181000007', 'hex'));
      expectBytes('the payload of the reply', await peer.take(1, what), Buffer.from('A'));
    },
  );
}

async function zero(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  context.step('send ECHO with an empty payload, then ECHO of 10 bytes');
  const payload = context.random.digits(10);
  peer.write(frame(ECHO, 1));
  await context.consumed(peer);
  peer.write(frame(ECHO, 2, payload));
  await advise(
    {
      cause: 'a frame of length 0 was skipped, or taken for the end',
      hint: 'length 0 is a complete frame of 8 bytes, with a reply like any other',
    },
    async () => {
      await takeReply(context, peer, Buffer.alloc(0), { id: 1, what: 'the reply to the empty frame' });
      await takeReply(context, peer, payload, { id: 2, what: 'the reply to the frame after it' });
    },
  );
}

async function max(context: CheckContext): Promise<void> {
  await acceptsUpTo(context, context.server, SMALL_LIMIT);
  context.step('the same with the default limit');
  await acceptsUpTo(context, await context.start(), DEFAULT_LIMIT);
}

async function acceptsUpTo(context: CheckContext, server: Server, limit: number): Promise<void> {
  const peer = await context.connect(server);
  for (const size of [limit - 1, limit]) {
    context.step(`send a frame of ${size} bytes to a server whose limit is ${limit}`);
    await echoes(peer, context.random.digits(size), {
      cause: `the limit of ${limit} bytes is itself allowed, and needs more than 16 bits`,
      hint: 'refuse when length > limit, not >=; no uint16_t on the way',
    });
  }
}

/** A reply that does not come, or not whole, has another cause than one that is wrong. */
async function echoes(peer: Peer, payload: Buffer, adviceOnWrong: Advice): Promise<void> {
  const what = `the echo of ${payload.length} bytes`;
  peer.write(frame(ECHO, 0, payload));
  const got = await advise(LONG_REPLY_ADVICE, () => takeFrame(peer, what));
  await advise(adviceOnWrong, async () => expectLike(what, got, { type: ECHO_REPLY, id: 0, payload }));
}

const LONG_REPLY_ADVICE = {
  cause:
    'the kernel does not take so long a reply at once: the rest of it was not sent, or a full send buffer was taken for an error; or 16 bits were too few for the length',
  hint: "C: write() took less, or said EAGAIN? Keep the rest, ask for EPOLLOUT, go on when it comes. Node: whoever stops at write() === false, or pauses, goes on at 'drain'",
};

async function headerSplit(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const payload = context.random.digits(20);
  const whole = frame(ECHO, 9, payload);
  context.step(
    'send the 8 bytes of a header one by one, each when the one before was read; then the payload',
  );
  await advise(
    {
      cause: 'the header was taken to arrive in one read',
      hint: 'decide nothing before 8 bytes are there; keep what has come until then',
    },
    async () => {
      for (let i = 0; i < HEADER_BYTES; i++) {
        peer.write(whole.subarray(i, i + 1));
        await context.consumed(peer);
      }
      peer.write(whole.subarray(HEADER_BYTES));
      await takeReply(context, peer, payload, { id: 9 });
    },
  );
}

async function refusesLengths(
  context: CheckContext,
  lengths: readonly number[],
  advice: { cause: string; hint: string },
): Promise<void> {
  const bystander = await context.connect();
  for (const [id, length] of lengths.entries()) {
    await exchange(context, bystander, context.random.digits(16));
    const peer = await context.connect();
    context.step(
      `send a header that claims ${length} bytes (0x${length.toString(16)}), id ${id}, and a small frame after it`,
    );
    peer.write(Buffer.concat([header(length, ECHO, id), frame(ECHO, 77, Buffer.from('not to be answered'))]));
    await advise(advice, () => expectRefusal(peer, id));
    context.step('another connection still works, and so does a new one');
    await advise(advice, async () => {
      await exchange(context, bystander, context.random.digits(16));
      await context.stillServes();
    });
  }
}

/** ERROR 1, then FIN, and no reply to what came after. */
async function expectRefusal(peer: Peer, id: number): Promise<void> {
  await takeError(peer, 1, id);
  const ending = await advise(NOT_ENDED_ADVICE, () => peer.ending());
  if (ending === 'reset') {
    throw new CheckFailure({
      expected: 'FIN after ERROR 1',
      actual: 'RST, which can destroy the ERROR on its way',
      cause: 'the connection was closed while bytes of the client were still unread',
      hint: 'lingering close: send FIN, then read and discard until the FIN of the client (docs/contract.md section 5)',
    });
  }
  expectNothingMore(peer);
  peer.end();
}
