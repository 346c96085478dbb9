/**
 * Checks of GENERATE: its bytes, its frames, and that it is made as the peer reads and not before.
 */
import { MIB } from '../units.ts';
import { advise } from './advice.ts';
import { isBackAt } from './back-at.ts';
import { type Check, CheckFailure } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import { deliver } from './delivery.ts';
import { moreThanBuffers, takeEcho, takeGenerated } from './frame-replies.ts';
import { ECHO, frame, GENERATE_REPLY, generate, HEADER_BYTES } from './frames.ts';

const base = { level: 'must', tier: 'quick', topic: 'framing', suites: ['framed'] } as const;
const COUNTS = [1, 250, 251, 252, 65_535, 65_536, 65_537, 200_003];
const SMALL_FRAME_BYTES = 1000;
/** Of which each is as long as can be. */
const STREAMS_FOR_NOBODY = 100;
const LARGEST_COUNT = 0xffff_ffff;
const UNREAD_BYTES = 128 * MIB;
/** A good server holds --max-pending-bytes of it; Node grows by some MiB whatever it does. */
const MOST_GROWTH_BYTES = 64 * MIB;
const HOG_BYTES = 128 * MIB;
/** Less than the harness lets a server use; B is served long before that, also by one that knows no backpressure. */
const MOST_HOARDED_BYTES = 768 * MIB;
const NEIGHBOUR_EXCHANGES = 20;

export const generateChecks: readonly Check[] = [
  {
    ...base,
    id: 'frame.generate',
    title: 'answers GENERATE with n bytes, byte k being k mod 251, over all frames',
    rule: 'docs/protocol.md section 2.1',
    why: 'A stream that is cut into frames is still one stream: whoever starts to count anew in each frame has lost its place, as a download with a hole has.',
    how: 'Sizes around 251 and around 65,536, so that one frame, exactly full frames and several frames occur. An ECHO behind each shows where it ends.',
    run: (context) => generates(context, COUNTS),
  },
  {
    ...base,
    id: 'frame.generate-zero',
    title: 'answers GENERATE 0 with one empty frame that carries END',
    rule: 'docs/protocol.md section 2.1',
    why: 'Nothing to send is an answer too. A client that waits for END waits for ever when a loop that runs zero times sends zero frames.',
    how: 'GENERATE 0 and an ECHO: the empty frame with END must come first, and only one.',
    run: (context) => generates(context, [0]),
  },
  {
    ...base,
    id: 'frame.generate-end',
    title: 'sets END on the last frame of a GENERATE and on no other',
    rule: 'docs/protocol.md section 2.1',
    why: 'END is how a client knows that the stream is complete. Too early, and the rest is taken for something else; missing, and the client waits.',
    how: 'Streams that fill their last frame exactly and streams that do not; the flags of every frame are looked at, and an ECHO follows.',
    run: (context) => generates(context, [65_536, 131_072, 131_073]),
  },
  {
    ...base,
    id: 'frame.generate-bound',
    title: 'sends GENERATE in frames of at most min(65536, --max-frame-size) bytes',
    rule: 'docs/protocol.md section 2.1',
    flags: { 'max-frame-size': SMALL_FRAME_BYTES },
    why: 'A limit that only the clients keep is no limit: a client with a buffer of that size would have to hang up.',
    how: `With --max-frame-size ${SMALL_FRAME_BYTES}, GENERATE of ten times that: no frame may be larger.`,
    run: (context) => generates(context, [10 * SMALL_FRAME_BYTES], SMALL_FRAME_BYTES),
  },
  {
    ...base,
    id: 'frame.generate-largest',
    // So that a server that makes it all at once is seen to do so before silence is told, on a slow machine too.
    deadlineFactor: 2,
    title: 'begins a GENERATE of 4,294,967,295 bytes, and serves others meanwhile',
    rule: 'docs/protocol.md section 8',
    why: 'A count of 32 bits has no sign, and an endless reply must not be an endless turn: while one client downloads, the others want their answers.',
    how: `The first bytes are compared; then ${NEIGHBOUR_EXCHANGES} exchanges on another connection must be done before ${HOG_BYTES / MIB} MiB of the stream have passed. No time is measured, only which comes first.`,
    run: largest,
  },
  {
    ...base,
    id: 'frame.generate-ahead',
    title: 'does not produce a stream ahead of the client that reads it',
    rule: 'docs/protocol.md section 2.1',
    topic: 'backpressure',
    why: 'Eight bytes of request may ask for four gigabytes. A server that makes them before anybody reads them can be ended by one client.',
    how: `A client asks for ${UNREAD_BYTES / MIB} MiB and reads nothing; when the server sleeps, its memory must not have grown by half of that.`,
    run: ahead,
  },
  {
    ...base,
    id: 'frame.generate-gone',
    title: 'stops producing when the client is gone',
    rule: 'docs/protocol.md section 2.1',
    topic: 'resources',
    why: 'Clients cancel downloads all the time. A server that goes on producing burns a CPU for nobody.',
    how: `GENERATE of 4 GiB, ${STREAMS_FOR_NOBODY} times, and RST after the first MiB: the server must close its descriptor and go to sleep. That many, because a quick server makes 4 GiB for nobody in two seconds, and is then at rest too.`,
    run: gone,
  },
  {
    ...base,
    id: 'frame.pending-bound',
    title: 'stops reading when too much waits behind a GENERATE, and goes on when there is room',
    rule: 'docs/protocol.md section 3',
    topic: 'backpressure',
    flags: { 'max-pending-bytes': 65_536 },
    why: 'Replies that wait for their turn are memory as well as those that wait for the network. A bound that counts only the latter is no bound.',
    how: 'A client that does not read asks for a long GENERATE and then for many ECHOs: the server may take --max-pending-bytes of them and what the kernel buffers. Then all of it must arrive.',
    run: pendingBound,
  },
];

async function generates(context: CheckContext, counts: readonly number[], most?: number): Promise<void> {
  const peer = await context.connect();
  for (const [id, count] of counts.entries()) {
    context.step(`send GENERATE ${count}, id ${id}, and an ECHO`);
    const marker = context.random.digits(8);
    await advise(
      {
        cause: 'the frames of this GENERATE are not the stream that was asked for',
        hint: 'count the bytes over all frames: byte k is k mod 251, END goes with the frame after which nothing is left, also when that is an empty one',
      },
      async () => {
        const sent = deliver(context, peer, Buffer.concat([generate(id, count), frame(ECHO, 99, marker)]));
        await takeGenerated(peer, { id, count, ...(most ? { most } : {}) });
        await takeEcho(peer, 99, marker);
        await sent;
      },
    );
  }
}

async function largest(context: CheckContext): Promise<void> {
  const peer = await context.connect();
  const neighbour = await context.connect();
  context.step(`client A sends GENERATE ${LARGEST_COUNT}, and reads what comes`);
  peer.write(generate(1, LARGEST_COUNT));
  await advise(HOG_ADVICE, async () => {
    const head = await peer.take(HEADER_BYTES, 'the header of the first frame of the stream');
    const type = head[4] ?? 0;
    if (type !== GENERATE_REPLY)
      throw new CheckFailure({
        expected: 'a frame of type 0x83',
        actual: `one of type 0x${type.toString(16)}`,
      });
    context.step(`client B makes ${NEIGHBOUR_EXCHANGES} exchanges, while A goes on reading`);
    const first = await firstServed(context, peer, neighbour);
    if (first !== 'B') throw new CheckFailure({ expected: B_SERVED, actual: first });
  });
}

const B_SERVED = `B to be served while A reads ${HOG_BYTES / MIB} MiB`;

const HOG_ADVICE = {
  cause:
    'one long reply is made to its end before anybody else gets a turn, or the largest count was refused',
  hint: 'one frame in a turn of the loop, and the next one in the next turn (Node: setImmediate(), neither a microtask nor a call of itself; C: EPOLLOUT); n has 32 bits, no sign',
};

/** Whichever client falls silent or is cut off first is chance: what was expected is the same. */
async function firstServed(context: CheckContext, peer: Peer, neighbour: Peer): Promise<string> {
  const { rssBytes } = await context.usage();
  const isHoarding = async (): Promise<boolean> =>
    (await context.usage()).rssBytes > rssBytes + MOST_HOARDED_BYTES;
  try {
    return await Promise.race([
      exchanges(context, neighbour).then(() => 'B'),
      takePart(peer, HOG_BYTES).then(() => 'A got all of it first'),
      context
        .until('the stream to pile up', isHoarding)
        .then(() => `${MOST_HOARDED_BYTES / MIB} MiB of it were made first, and stand in memory`),
    ]);
  } catch (error) {
    if (error instanceof CheckFailure) throw new CheckFailure({ ...error.facts, expected: B_SERVED });
    throw error;
  }
}

async function exchanges(context: CheckContext, peer: Peer): Promise<void> {
  for (let id = 0; id < NEIGHBOUR_EXCHANGES; id++) {
    const payload = context.random.digits(16);
    peer.write(frame(ECHO, id, payload));
    await takeEcho(peer, id, payload);
  }
}

/** So many bytes of whatever comes, a MiB at a time. */
async function takePart(peer: Peer, bytes: number): Promise<void> {
  for (let taken = 0; taken < bytes; taken += MIB) await peer.take(MIB, 'the next MiB of the stream');
}

async function ahead(context: CheckContext): Promise<void> {
  await context.stillServes();
  const peer = await context.connect(context.server, { paused: true });
  const before = await context.usage();
  context.step(`ask for ${UNREAD_BYTES / MIB} MiB and read nothing`);
  peer.write(generate(1, UNREAD_BYTES));
  await context.consumed(peer);
  await context.asleep();
  const growth = (await context.usage()).rssBytes - before.rssBytes;
  if (growth > MOST_GROWTH_BYTES) {
    throw new CheckFailure({
      expected: `the server to grow by less than ${MOST_GROWTH_BYTES / MIB} MiB`,
      actual: `it grew by ${(growth / MIB).toFixed(0)} MiB`,
      cause: 'the whole stream was put into memory at once',
      hint: 'keep n and how much of it is done; make the next frame when less than --max-pending-bytes wait',
    });
  }
  await context.stillServes();
}

async function gone(context: CheckContext): Promise<void> {
  const { fds } = await context.usage();
  const peer = await context.connect();
  context.step(`send GENERATE ${LARGEST_COUNT}, ${STREAMS_FOR_NOBODY} times, read 1 MiB, then RST`);
  const ids = Array.from({ length: STREAMS_FOR_NOBODY }, (_, index) => index + 1);
  peer.write(Buffer.concat(ids.map((id) => generate(id, LARGEST_COUNT))));
  await advise(
    {
      cause: 'after its first frames the stream stands still: nothing calls for the next one',
      hint: 'while a GENERATE has frames left, ask to be called again. Node: setImmediate(). C: EPOLLOUT, also when the output is empty just now',
    },
    () => peer.take(MIB, 'the first MiB of the stream'),
  );
  peer.reset();
  await advise(
    {
      cause: 'the stream is produced on, though nobody is left to read it',
      hint: "the end of a connection is the end of what it still had to send. C: EPOLLERR, EPOLLHUP, a write() that fails with EPIPE or ECONNRESET. Node: 'close', or socket.destroyed when the next turn comes",
    },
    async () => {
      await context.until('the server to close the descriptor', isBackAt(context, fds));
      await context.asleep();
    },
  );
  await context.stillServes();
}

async function pendingBound(context: CheckContext): Promise<void> {
  const count = moreThanBuffers(context);
  const peer = await context.connect(context.server, { paused: true });
  const payload = context.random.digits(16_000);
  const echoes = Math.ceil((2 * count) / payload.length);
  const limit = count / 2 + (context.inArena ? 0 : count / 2);
  context.step(`without reading send GENERATE ${count} and ${echoes} ECHOs of ${payload.length} bytes`);
  peer.write(generate(0, count));
  peer.write(Buffer.concat(Array.from({ length: echoes }, (_, i) => frame(ECHO, i, payload))));
  await context.settled(peer);
  if (peer.bytesSent > limit) {
    throw new CheckFailure({
      expected: `the server to stop reading before ${(limit / MIB).toFixed(1)} MiB`,
      actual: `it took ${(peer.bytesSent / MIB).toFixed(1)} MiB while nothing could leave`,
      cause: 'replies that stand behind the GENERATE are not counted as waiting',
      hint: 'the bound is for everything that waits: what the socket did not take, what is queued, payloads of DELAYs',
    });
  }
  context.step('read everything');
  peer.resume();
  await advise(
    {
      cause: 'reading did not go on when there was room again, or replies were lost meanwhile',
      hint: 'whenever replies have left: may reading begin again?',
    },
    async () => {
      await takeGenerated(peer, { id: 0, count });
      for (let id = 0; id < echoes; id++) await takeEcho(peer, id, payload);
    },
  );
}
