/**
 * Checks of bytes that are no frames: other protocols, garbage, and how much an error may cost.
 */
import { advise } from './advice.ts';
import { type Check, CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Random } from './context.ts';
import { deliver } from './delivery.ts';
import { errorReply, takeExpected } from './frame-replies.ts';
import { DISCARD, ECHO, frame, GENERATE, header, NOTHING, UNKNOWN } from './frames.ts';

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['framed'] } as const;
const BLOBS = 1000;
/** A sanity exchange after so many. */
const BLOBS_AT_ONCE = 50;
const MOST_AMPLIFIED_BYTES = 250;
/** Of a header. */
const TYPE_AT = 4;
const HTTP_REQUEST = Buffer.from('GET / HTTP/1.1\r\nHost: example.org\r\nUser-Agent: somebody\r\n\r\n');
/** The record and handshake headers of a TLS ClientHello, and the beginning of its random bytes. */
const CLIENT_HELLO = Buffer.from(`1603010200010001fc0303${'5f'.repeat(80)}`, 'hex');

export const frameAbuseChecks: readonly Check[] = [
  {
    ...base,
    id: 'abuse.http-verb',
    title: 'refuses an HTTP request at once',
    rule: 'docs/protocol.md section 4',
    why: 'Every open port meets scanners and health checks that speak HTTP. Whoever takes "GET " for a length waits for a gigabyte.',
    how: 'A whole request: its first four bytes claim 1,195,725,856 bytes. ERROR 1 with the id that stands in bytes 7 and 8, then FIN.',
    run: (context) => refuses(context, 'an HTTP request', HTTP_REQUEST),
  },
  {
    ...base,
    id: 'abuse.tls-hello',
    title: 'refuses a TLS ClientHello at once',
    rule: 'docs/protocol.md section 4',
    why: 'A client that was told the wrong port, or a scanner: it waits for an answer in its protocol, and a server that waits for the rest of a frame lets it hang.',
    how: 'The beginning of a ClientHello: its first four bytes claim 369,295,618 bytes. ERROR 1, then FIN.',
    run: (context) => refuses(context, 'a TLS ClientHello', CLIENT_HELLO),
  },
  {
    ...base,
    id: 'abuse.garbage',
    title: 'survives garbage, and ends each connection on which it came',
    rule: 'docs/contract.md section 7',
    tier: 'scaled',
    deadlineFactor: 2,
    why: 'A parser sees every byte that the internet sends. One that was only tried with right frames has been tried with almost nothing.',
    how: `${BLOBS} connections (a tenth in the quick tier), each with seeded random bytes or with a frame in which some bits were turned, and FIN. Every connection must end, and the server answer an ordinary client after every ${BLOBS_AT_ONCE}.`,
    run: garbage,
  },
  {
    ...base,
    id: 'abuse.no-amplify',
    title: `sends at most ${MOST_AMPLIFIED_BYTES} bytes more than it got when it refuses something`,
    rule: 'docs/protocol.md section 4',
    level: 'should',
    why: 'An error that is much larger than its request turns a server into an amplifier, and its log and its network into the victim.',
    how: 'One small mistake of each kind on a connection of its own, then FIN; all bytes that come back are counted.',
    run: noAmplify,
  },
];

async function refuses(context: CheckContext, what: string, bytes: Buffer): Promise<void> {
  await context.stillServes();
  const peer = await context.connect();
  context.step(`send ${what}: ${bytes.length} bytes, as a header length ${bytes.readUInt32BE(0)}`);
  await deliver(context, peer, bytes);
  await advise(
    {
      cause: `the first bytes of ${what} were taken for the length of a frame that is still to come`,
      hint: 'compare the length with --max-frame-size as soon as the header is there',
    },
    async () => {
      await takeExpected(peer, 'the refusal', errorReply(1, bytes.readUInt16BE(6)));
      expectBytes('nothing but FIN', await peer.takeUntilEnd('FIN'), NOTHING);
    },
  );
  peer.end();
  await context.stillServes();
}

async function garbage(context: CheckContext): Promise<void> {
  const blobs = Array.from({ length: context.scaled(BLOBS) }, () => blob(context.random));
  context.step(`send ${blobs.length} blobs of garbage, each on a connection of its own and followed by FIN`);
  const advice = {
    cause: 'one of the last blobs ended the server, or a connection that nothing can become of stays open',
    hint: 'the stderr of the server may name it; the same seed sends the same bytes',
  };
  for (let from = 0; from < blobs.length; from += BLOBS_AT_ONCE) {
    await advise(advice, async () => {
      const some = blobs.slice(from, from + BLOBS_AT_ONCE);
      await Promise.all(some.map((bytes) => throwAway(context, bytes)));
      await context.stillServes();
    });
  }
}

async function throwAway(context: CheckContext, bytes: Buffer): Promise<void> {
  const peer = await context.connect();
  peer.write(bytes);
  peer.end();
  await peer.ending();
}

/**
 * Random bytes, or a frame with some bits turned. It asks for nothing that takes long: payloads are digits, which as a DELAY are far too
 * many milliseconds, and what has become a GENERATE (of 800 MB, lawfully) becomes a type that does not exist.
 */
function blob(random: Random): Buffer {
  if (random.integer(0, 1) === 0) return random.bytes(random.integer(1, 200));
  const type = random.integer(0, 1) === 0 ? ECHO : DISCARD;
  const bytes = frame(type, random.integer(0, 0xffff), random.digits(random.integer(8, 100)));
  for (let turned = random.integer(1, 4); turned > 0; turned--) {
    const at = random.integer(0, bytes.length - 1);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.integer(0, 7)), at);
  }
  if (bytes[TYPE_AT] === GENERATE) bytes[TYPE_AT] = UNKNOWN;
  return bytes;
}

async function noAmplify(context: CheckContext): Promise<void> {
  const mistakes = {
    'a length above the limit': header(0xffff_fff0, ECHO, 1),
    'wrong flags': header(0, ECHO, 1, 0xff),
    'a type that does not exist': frame(UNKNOWN, 1),
    'GENERATE without a count': frame(GENERATE, 1),
  };
  for (const [what, bytes] of Object.entries(mistakes)) {
    const peer = await context.connect();
    context.step(`send ${what}, ${bytes.length} bytes, and FIN`);
    peer.write(bytes);
    peer.end();
    const got = await peer.takeUntilEnd('everything until FIN');
    if (got.length <= bytes.length + MOST_AMPLIFIED_BYTES) continue;
    throw new CheckFailure({
      expected: `at most ${bytes.length + MOST_AMPLIFIED_BYTES} bytes for ${what}`,
      actual: `${got.length} bytes`,
      cause: 'the ERROR explains itself at length to somebody who has sent almost nothing',
      hint: 'the code and its name are enough on the wire; explanations belong into the log',
    });
  }
}
