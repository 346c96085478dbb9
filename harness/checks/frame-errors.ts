/**
 * Checks of the errors: which code, in which order they are tried, when they are answered, and what they say.
 *
 * What a fatal one does to the connection is judged in frame-fatal.ts.
 */
import { MIB } from '../units.ts';
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext } from './context.ts';
import { deliver } from './delivery.ts';
import { errorReply, expectQuiet, takeEcho, takeExpected } from './frame-replies.ts';
import {
  DELAY,
  DISCARD,
  delay,
  ECHO,
  ERROR_NAMES,
  frame,
  GENERATE,
  header,
  MOST_DELAYS,
  takeFrame,
  UNKNOWN,
  u32,
} from './frames.ts';

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['framed'] } as const;
const TOO_LARGE = 0xffff_fff0;
const TYPES_OF_CLIENTS = [ECHO, DISCARD, GENERATE, DELAY];
const SKIPPED_BYTES = 128 * MIB;
/** Node frees what it has read when some tens of MiB have come together. */
const MOST_GROWTH_BYTES = 96 * MIB;
const MOST_TEXT_BYTES = 200;

export const errorChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.header-complete',
    title: 'decides nothing before the 8 bytes of a header are there',
    rule: 'docs/protocol.md section 4',
    why: 'An error that is sent too early cannot name the frame it is about: the id stands at the end of the header.',
    how: 'Seven bytes of a header with a wrong length and wrong flags: nothing may come, seen by the kernel and by an exchange elsewhere. Then the eighth, and ERROR 1 must carry the id.',
    run: headerComplete,
  },
  {
    ...base,
    id: 'frame.bad-flags',
    title: 'refuses flags in a request with ERROR 2 as soon as the header is there',
    rule: 'docs/protocol.md section 4',
    why: 'Bits that a server ignores today cannot be given a meaning tomorrow: old clients may have set them all along.',
    how: 'Headers with one flag, END, or all flags, and no payload after them: ERROR 2 with the id, then FIN.',
    run: badFlags,
  },
  {
    ...base,
    id: 'frame.precedence',
    title: 'tries the codes in the order of the table when several would fit',
    rule: 'docs/protocol.md section 4',
    why: 'Two implementations that name different errors for one frame cannot be tested against each other, and clients that act on the code act differently.',
    how: 'Frames that are wrong in two or three ways at once; the lowest code must be the answer. A DELAY above 60,000 ms while 1,024 are outstanding is BAD_PAYLOAD, not OVERLOADED.',
    run: precedence,
  },
  {
    ...base,
    id: 'frame.error-complete',
    title: 'answers UNKNOWN_TYPE and BAD_PAYLOAD when the frame is complete, and not before',
    rule: 'docs/protocol.md section 4',
    why: 'These errors are the reply to a frame, and the connection goes on. A server that answers at the header must still skip the payload, or it takes it for the next header.',
    how: 'The header and a part of the payload: nothing may come yet. Then the rest and an ECHO: ERROR and echo, in this order.',
    run: errorComplete,
  },
  {
    ...base,
    id: 'frame.bad-payload',
    title: 'refuses a payload that does not fit its type with ERROR 4, and goes on',
    rule: 'docs/protocol.md section 4',
    why: 'A payload that is shorter than what is read from it is the classic way to read memory that is not yours.',
    how: 'GENERATE with 0, 3, 5 and 100 bytes, DELAY with 0 and 3 bytes, DELAY of 60,001 ms and of 2^32-1 ms; an ECHO at the end. DELAY of 60,000 ms is allowed.',
    run: badPayload,
  },
  {
    ...base,
    id: 'frame.unknown-skipped',
    title: 'skips the payload of an unknown type without storing it',
    rule: 'docs/protocol.md section 4',
    topic: 'resources',
    flags: { 'max-frame-size': 2 * SKIPPED_BYTES },
    why: 'Memory for bytes that nobody will look at is memory that a client can take for nothing.',
    how: `A frame of ${SKIPPED_BYTES / MIB} MiB of type 0x55, sent but for its last byte: the server must not have grown by three quarters of that. Then ERROR 3, and an ECHO.`,
    run: unknownSkipped,
  },
  {
    ...base,
    id: 'frame.error-text',
    title: 'says in an ERROR the name of its code, in at most 200 bytes and with no bytes of the client',
    rule: 'docs/protocol.md section 4',
    why: 'A text that repeats what the client sent carries its bytes into logs and terminals, and makes a small request a large reply.',
    how: 'Codes 1 to 4 are provoked by frames whose payload has a mark in it; the text must be the name of the code.',
    run: errorText,
  },
  {
    ...base,
    id: 'abuse.bad-utf8-type',
    title: 'answers every type that a client may not send with ERROR 3, whatever its payload, and goes on',
    rule: 'docs/protocol.md section 4',
    why: 'Newer clients send types that an older server does not know. A named error lets them fall back; silence or a closed connection does not.',
    how: 'All 252 of them on one connection, the types of replies, GOAWAY and ERROR included, with a payload that is not UTF-8. Then an ECHO.',
    run: unknownTypes,
  },
];

async function headerComplete(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const bytes = header(TOO_LARGE, UNKNOWN, 0x1234, 0x80);
  context.step(
    'send 7 bytes of a header that is wrong in its length, its type and its flags; its id is 0x1234',
  );
  const advice = {
    cause:
      'something was decided from a part of the header, or the server is woken again and again by what it does not act on',
    hint: 'collect 8 bytes, whatever the first of them say; then look at length, flags, type. C: EPOLLOUT only while output waits',
  };
  peer.write(bytes.subarray(0, 7));
  await advise(advice, () => expectQuiet(context, peer, 'nothing yet: a byte of the header is missing'));
  context.step('send the eighth');
  peer.write(bytes.subarray(7));
  await advise(advice, () => takeExpected(peer, 'the refusal', errorReply(1, 0x1234)));
}

async function badFlags(context: CheckContext): Promise<void> {
  for (const flags of [0x01, 0x80, 0xff]) {
    const peer = await context.connect();
    context.step(
      `send the header of an ECHO of 100 bytes with flags 0x${flags.toString(16)}, id ${flags}, and no payload`,
    );
    await deliver(context, peer, header(100, ECHO, flags, flags));
    await advise(
      {
        cause: 'the flags of the request were not looked at, or only when the payload was there',
        hint: 'when the header is complete: flags !== 0 is ERROR 2, fatal, at once',
      },
      async () => {
        await takeExpected(peer, 'the refusal', errorReply(2, flags));
        await peer.takeUntilEnd('FIN after ERROR 2');
      },
    );
    peer.end();
  }
  await context.stillServes();
}

const PRECEDENCE: readonly [what: string, frame: Buffer, code: number][] = [
  ['length, flags and type wrong', header(TOO_LARGE, UNKNOWN, 1, 0x01), 1],
  ['length and type wrong', header(TOO_LARGE, UNKNOWN, 1), 1],
  ['length and flags wrong', header(TOO_LARGE, ECHO, 1, 0x01), 1],
  ['flags and type wrong', header(0, UNKNOWN, 1, 0x01), 2],
  ['flags and payload wrong', header(3, GENERATE, 1, 0x01), 2],
];

async function precedence(context: CheckContext): Promise<void> {
  const advice = {
    cause: 'the errors are looked for in another order',
    hint: 'length, flags, type, payload, load: the order of the table in docs/protocol.md section 4',
  };
  for (const [what, bytes, code] of PRECEDENCE) {
    const peer = await context.connect();
    context.step(`send a frame with ${what}`);
    peer.write(bytes);
    await advise(advice, () => takeExpected(peer, `the refusal of ${what}`, errorReply(code, 1)));
    peer.end();
  }
  const peer = await context.connect();
  context.step(`send ${MOST_DELAYS} DELAYs of a minute, then one of 60,001 ms`);
  peer.write(Buffer.concat(Array.from({ length: MOST_DELAYS }, () => delay(1, 60_000))));
  peer.write(delay(2, 60_001));
  await advise(advice, () => takeExpected(peer, 'the refusal of a time that is too long', errorReply(4, 2)));
}

async function errorComplete(context: CheckContext): Promise<void> {
  const cases: [what: string, bytes: Buffer, code: number][] = [
    ['type 0x55 with 50 bytes', frame(UNKNOWN, 7, context.random.digits(50)), 3],
    ['GENERATE with 50 bytes', frame(GENERATE, 7, context.random.digits(50)), 4],
    ['DELAY of 60,001 ms with 46 bytes', delay(7, 60_001, context.random.digits(46)), 4],
  ];
  for (const [what, bytes, code] of cases) {
    const peer = await context.connect();
    const payload = context.random.digits(10);
    const advice = {
      cause:
        'the error was answered before its frame was complete, or the rest of the payload was taken for a frame',
      hint: 'an ERROR that goes on is the reply to a whole frame: remember the code, skip the payload, then answer',
    };
    context.step(`send 20 of the ${bytes.length} bytes of ${what}`);
    peer.write(bytes.subarray(0, 20));
    await advise(advice, () => expectQuiet(context, peer, 'nothing yet: the frame is not complete'));
    context.step('send the rest, and an ECHO');
    peer.write(Buffer.concat([bytes.subarray(20), frame(ECHO, 8, payload)]));
    await advise(advice, async () => {
      await takeExpected(peer, `the reply to ${what}`, errorReply(code, 7));
      await takeEcho(peer, 8, payload);
    });
  }
}

async function badPayload(context: CheckContext): Promise<void> {
  const { random } = context;
  const peer = await context.connect();
  const wrong: [what: string, bytes: Buffer][] = [
    ...[0, 3, 5, 100].map((n): [string, Buffer] => [
      `GENERATE with ${n} bytes`,
      frame(GENERATE, 10 + n, random.digits(n)),
    ]),
    ...[0, 3].map((n): [string, Buffer] => [
      `DELAY with ${n} bytes`,
      frame(DELAY, 200 + n, random.digits(n)),
    ]),
    ['DELAY of 60,001 ms', delay(300, 60_001)],
    ['DELAY of 2^32-1 ms', frame(DELAY, 301, u32(0xffff_ffff))],
  ];
  const payload = random.digits(10);
  context.step(
    `send DELAY of 60,000 ms, which is allowed, then ${wrong.map(([what]) => what).join(', ')}, and an ECHO`,
  );
  const sent = deliver(
    context,
    peer,
    Buffer.concat([delay(1, 60_000), ...wrong.map(([, bytes]) => bytes), frame(ECHO, 2, payload)]),
  );
  await advise(
    {
      cause: 'a payload was accepted that cannot be a request of its type, or one was refused that can',
      hint: 'before the u32 is read: a GENERATE has exactly 4 bytes, a DELAY at least 4. Then: the u32 of a DELAY is at most 60,000',
      whenEnded: {
        cause:
          'ERROR 4 was taken for a fatal one: it is about one request, and the next one is read as usual',
        hint: 'ERROR 3, 4 and 5 are replies like any other: write the frame, end nothing, drop nothing. ERROR 1 and 2 are fatal',
      },
    },
    async () => {
      for (const [what, bytes] of wrong)
        await takeExpected(peer, `the reply to ${what}`, errorReply(4, bytes.readUInt16BE(6)));
      await takeEcho(peer, 2, payload);
      await sent;
    },
  );
}

async function unknownSkipped(context: CheckContext): Promise<void> {
  await context.stillServes();
  const { rssBytes } = await context.usage();
  const peer = await context.connect();
  context.step(`send a frame of type 0x55 with ${SKIPPED_BYTES / MIB} MiB, without its last byte`);
  const piece = Buffer.alloc(MIB, 0x61);
  peer.write(header(SKIPPED_BYTES, UNKNOWN, 7));
  for (let i = 0; i < SKIPPED_BYTES / MIB; i++) {
    peer.write(i === 0 ? piece.subarray(1) : piece);
    // Each piece counts as progress: on a busy machine all of them in one wait are no matter of one deadline.
    await context.consumed(peer);
  }
  const growth = (await context.usage()).rssBytes - rssBytes;
  if (growth > MOST_GROWTH_BYTES) {
    throw new CheckFailure({
      expected: `the server to grow by less than ${MOST_GROWTH_BYTES / MIB} MiB`,
      actual: `it grew by ${(growth / MIB).toFixed(0)} MiB`,
      cause: 'the payload of a type that does not exist was collected',
      hint: 'the header says how many bytes to skip: count them down as they come, and keep none',
    });
  }
  context.step('send the last byte, and an ECHO');
  const payload = context.random.digits(10);
  peer.write(Buffer.concat([piece.subarray(0, 1), frame(ECHO, 8, payload)]));
  await takeExpected(peer, 'the reply to type 0x55', errorReply(3, 7));
  await takeEcho(peer, 8, payload);
}

async function errorText(context: CheckContext): Promise<void> {
  const mark = Buffer.from('<these bytes came from the client>');
  const cases: readonly [code: number, bytes: Buffer][] = [
    [1, Buffer.concat([header(TOO_LARGE, ECHO, 1), mark])],
    [2, Buffer.concat([header(mark.length, ECHO, 1, 0x01), mark])],
    [3, frame(UNKNOWN, 1, mark)],
    [4, frame(GENERATE, 1, mark)],
  ];
  for (const [code, bytes] of cases) {
    const peer = await context.connect();
    context.step(`provoke ERROR ${code} ${ERROR_NAMES[code]} by a frame with a mark in it`);
    await deliver(context, peer, bytes);
    const got = await takeFrame(peer, `ERROR ${code}`);
    const advice = {
      cause: 'the text is not the name of the code: it repeats the request, explains, or is missing',
      hint: 'u16 code, then the name in ASCII, for example FRAME_TOO_LARGE; what was wrong belongs into the log',
    };
    await advise(advice, async () => {
      if (got.length > 2 + MOST_TEXT_BYTES)
        throw new CheckFailure({
          expected: `a text of at most ${MOST_TEXT_BYTES} bytes`,
          actual: `one of ${got.length - 2} bytes`,
        });
      expectBytes(`the payload of ERROR ${code}`, got.payload, Buffer.from(errorReply(code, 1).payload));
    });
    peer.end();
  }
}

async function unknownTypes(context: CheckContext): Promise<void> {
  const notText = Buffer.from('fffec328a0f0288cbc', 'hex');
  const types = context.random
    .shuffle(Array.from({ length: 256 }, (_, type) => type))
    .filter((type) => !TYPES_OF_CLIENTS.includes(type));
  const payload = context.random.digits(10);
  const peer = await context.connect();
  context.step(`send a frame of each of the ${types.length} types that clients may not send, and an ECHO`);
  const frames = types.map((type) => frame(type, 1000 + type, notText));
  const sent = deliver(context, peer, Buffer.concat([...frames, frame(ECHO, 2, payload)]));
  for (const type of types) {
    const name = `0x${type.toString(16).padStart(2, '0')}`;
    await advise(
      {
        cause: `type ${name} was not answered with ERROR 3`,
        hint: 'whatever is not 0x01 to 0x04 is UNKNOWN_TYPE: types of replies, GOAWAY and ERROR too; the connection goes on',
      },
      () => takeExpected(peer, `the reply to type ${name}`, errorReply(3, 1000 + type)),
    );
  }
  await takeEcho(peer, 2, payload);
  await sent;
}
