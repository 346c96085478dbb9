/**
 * Checks that bytes are bytes: any value, any number of them, as many as were sent, and none that were not.
 *
 * How they arrive is the business of stream.ts.
 */
import { MIB } from '../units.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes, firstDifference } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { exchange, exchangeWithSentinel, pipeline } from './exchange.ts';
import { header } from './frames.ts';
import { reply, request } from './message.ts';

const LARGE_BYTES = 64 * MIB;
const LARGE_MESSAGE_BYTES = 64 * 1024;
const LONG_BYTES = 8192;
/** A piece of a secret that turns up by chance: one in 10^12. */
const SECRET_PIECE_BYTES = 12;
const CLAIMED_BYTES = 1000;

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['tcp-echo', 'framed'] } as const;

export const streamByteChecks: readonly Check[] = [
  {
    ...base,
    id: 'stream.binary',
    title: 'keeps all 256 byte values, valid text or not',
    rule: 'docs/protocol.md section 2; RFC 862',
    why: 'Pictures, compressed data and ciphers hold every byte value. A conversion to text and back replaces what is not UTF-8, without any error.',
    how: 'All values from 00 to ff, all backwards, and sequences that are not UTF-8.',
    run: binary,
  },
  {
    ...base,
    id: 'stream.nul',
    title: 'gives no byte a meaning: NUL, line ends, end-of-file marks',
    rule: 'docs/protocol.md section 2; RFC 862',
    why: 'strlen() stops at NUL, line functions eat CR, and a char of ff equals EOF: each loses data that another program has sent on purpose.',
    how: 'Short messages that consist of such bytes, alone and in between letters.',
    run: specialBytes,
  },
  {
    ...base,
    id: 'stream.no-extra',
    title: 'sends nothing that nobody asked for: no greeting, no padding, no farewell',
    rule: 'docs/protocol.md section 2; RFC 862',
    why: 'One byte too many shifts everything behind it, and the client takes it for the beginning of the next reply.',
    how: 'A long message, a short one, an empty connection: after the FIN of the client, the stream of the server must hold the replies and end.',
    run: noExtra,
  },
  {
    ...base,
    id: 'stream.uninit',
    title: "never sends bytes of another client's messages",
    rule: 'docs/protocol.md section 2; RFC 862',
    why: 'A buffer that is used again still holds the last message. Sending more of it than was read gives away secrets: that was Heartbleed.',
    how: 'One client sends a long secret and leaves. The next ones send very short messages (framed: and a frame that claims more bytes than come); no piece of the secret may come back.',
    run: noLeftOvers,
  },
  {
    ...base,
    suites: ['tcp-echo'],
    id: 'stream.large',
    title: 'sends back tens of megabytes while they are still coming',
    rule: 'RFC 862',
    tier: 'scaled',
    deadlineFactor: 3,
    why: 'Buffers of a fixed size and counters that are too small work with every short test, and fail with the first real file.',
    how: '64 MiB (a tenth of it in the quick tier) are written and read at the same time and compared byte by byte.',
    run: large,
  },
];

async function binary(context: CheckContext): Promise<void> {
  const vectors = {
    'all byte values, 00 to ff': Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
    'NUL, line ends and 0xff': Buffer.from('6100620d0a0d00ff', 'hex'),
    'bytes that are not UTF-8': Buffer.from('c328a0a1e28228f0288cbcfffe', 'hex'),
  };
  const peer = await context.connect();
  for (const [name, payload] of Object.entries(vectors)) {
    context.step(`send ${name}`);
    await advise(
      {
        cause: 'the bytes were treated as text',
        hint: 'Node: keep Buffers, no toString() and no setEncoding(). C: no strlen(), no %s; carry the length',
      },
      () => exchangeWithSentinel(context, peer, payload, { what: `the echo of ${name}` }),
    );
  }
}

async function specialBytes(context: CheckContext): Promise<void> {
  const vectors = ['6100620d0aff', '00', '000000', '0d', '0a', '0d0a', 'ff', '04', '1a', '61000d0a00ff62'];
  const peer = await context.connect();
  for (const [id, hex] of vectors.entries()) {
    context.step(`send the bytes ${hex}`);
    await advise(
      {
        cause: 'a byte was taken for a mark: the end of a string, of a line or of a file',
        hint: 'carry the length beside the bytes: no strlen(), no fgets() or readline, no comparison with EOF',
      },
      () => exchangeWithSentinel(context, peer, Buffer.from(hex, 'hex'), { id, what: `the echo of ${hex}` }),
    );
  }
}

async function noExtra(context: CheckContext): Promise<void> {
  const conversations = [[5000, 3], [1, 4096, 1], []];
  for (const sizes of conversations) {
    context.step(`on a new connection messages of ${sizes.join(', ') || 'no'} bytes, one by one, then FIN`);
    const peer = await context.connect();
    for (const [id, size] of sizes.entries())
      await exchange(context, peer, context.random.digits(size), { id });
    peer.end();
    const surplus = await advise(
      {
        cause: 'after the FIN of the client the server does not end its own half of the connection',
        hint: "Node: end() in 'end', which allowHalfOpen leaves to you. C: when read() returned 0, shutdown() or close()",
      },
      () => peer.takeUntilEnd('the FIN of the server'),
    );
    expectBytes('nothing more', surplus, Buffer.alloc(0), {
      cause: 'the server sent more than the replies that it owed',
      hint: 'write as many bytes as read() returned; greet nobody, and say no farewell',
    });
  }
}

async function noLeftOvers(context: CheckContext): Promise<void> {
  const secret = context.random.digits(LONG_BYTES);
  context.step(`one client sends ${LONG_BYTES} secret bytes, reads them back, and leaves`);
  const first = await context.connect();
  await exchange(context, first, secret);
  first.end();
  await first.ending();
  for (const payload of ['a', 'bc', 'def']) {
    const peer = await context.connect();
    context.step(`another one sends ${payload.length} bytes and FIN`);
    peer.write(request(context.suite, Buffer.from(payload)));
    peer.end();
    await expectNoSecret(peer, secret, reply(context.suite, Buffer.from(payload)));
  }
  if (context.suite !== 'framed') return;
  context.step(`another one sends a frame that claims ${CLAIMED_BYTES} bytes, 3 of them, and FIN`);
  const liar = await context.connect();
  liar.write(Buffer.concat([header(CLAIMED_BYTES), Buffer.from('abc')]));
  liar.end();
  await expectNoSecret(liar, secret, Buffer.alloc(0));
}

async function expectNoSecret(peer: Peer, secret: Buffer, expected: Buffer): Promise<void> {
  const got = await peer.takeUntilEnd('the reply, then FIN');
  for (let at = 0; at + SECRET_PIECE_BYTES <= got.length; at++) {
    const piece = got.subarray(at, at + SECRET_PIECE_BYTES);
    if (secret.indexOf(piece) === -1) continue;
    const bytes = firstDifference(expected, got);
    throw new CheckFailure({
      expected: `a reply of ${expected.length} bytes without anything of another client`,
      actual: `${got.length} bytes, which hold a piece of the secret at offset ${at}`,
      ...(bytes ? { bytes } : {}),
      cause: 'a buffer that was used before is sent further than it was filled',
      hint: 'send what this read has brought, and never what a header claims',
    });
  }
  const hint = 'write as many bytes as read() returned';
  expectBytes('the reply', got, expected, { cause: 'more or less was sent than was read', hint });
}

async function large(context: CheckContext): Promise<void> {
  const count = context.scaled(LARGE_BYTES / LARGE_MESSAGE_BYTES);
  const { requests, replies } = pipeline(context, count, LARGE_MESSAGE_BYTES);
  context.step(`write ${requests.length} bytes and read them back at the same time`);
  const peer = await context.connect();
  peer.write(requests);
  await advise(
    {
      cause: 'the stream came back changed, or not to its end',
      hint: 'is there a buffer that is never emptied, or a counter of 16 bits? does reading go on while you write?',
    },
    async () => {
      for (let at = 0; at < replies.length; at += LARGE_MESSAGE_BYTES) {
        const what = `the echo from offset ${at}`;
        expectBytes(
          what,
          await peer.take(LARGE_MESSAGE_BYTES, what),
          replies.subarray(at, at + LARGE_MESSAGE_BYTES),
        );
      }
    },
  );
}
