/**
 * Takes the replies of the framed protocol and compares them with what docs/protocol.md promises.
 *
 * Each fails with the difference; what it means is said by the check, with advise().
 */
import { MIB } from '../units.ts';
import { CheckFailure, expectBytes } from './check.ts';
import type { CheckContext, Peer } from './context.ts';
import {
  describeFrame,
  ECHO_REPLY,
  ERROR,
  ERROR_NAMES,
  type Frame,
  GENERATE_REPLY,
  takeFrame,
} from './frames.ts';

/** The flag of the last 0x83 frame of a GENERATE. */
export const END = 0x01;
/** Largest payload of a 0x83 frame, unless --max-frame-size is smaller. */
export const GENERATE_FRAME_BYTES = 65_536;
const PATTERN_PERIOD = 251;
const PATTERN = Buffer.from(
  Array.from({ length: PATTERN_PERIOD + GENERATE_FRAME_BYTES }, (_, i) => i % PATTERN_PERIOD),
);

export interface Reply {
  type: number;
  id: number;
  payload: Uint8Array;
}

/** An ERROR as docs/protocol.md section 4 writes it: the code, and its name as the text. */
export function errorReply(code: number, id: number): Reply {
  const text = Buffer.from(ERROR_NAMES[code] ?? '');
  return { type: ERROR, id, payload: Buffer.concat([Buffer.from([0, code]), text]) };
}

/** The next frame must have this type, id and payload. Of an ERROR only the code counts; flags are judged elsewhere. */
export async function takeExpected(peer: Peer, what: string, expected: Reply): Promise<Frame> {
  const got = await takeFrame(peer, what);
  expectLike(what, got, expected);
  return got;
}

/** The same of a frame that was taken already. */
export function expectLike(what: string, got: Frame | undefined, expected: Reply): void {
  if (!got || !isLike(got, expected)) throw unlike(what, expected, got);
  if (expected.type !== ERROR) expectBytes(`${what} (its payload)`, got.payload, expected.payload);
}

/** The reply to an ECHO of `payload`: also the proof that nothing else came before it. */
export async function takeEcho(peer: Peer, id: number, payload: Uint8Array): Promise<void> {
  await takeExpected(peer, `the reply to ECHO, id ${id}`, { type: ECHO_REPLY, id, payload });
}

function isLike(got: Frame, expected: Reply): boolean {
  const sameCode = expected.type !== ERROR || codeOf(got.payload) === codeOf(expected.payload);
  return got.type === expected.type && got.id === expected.id && sameCode;
}

function codeOf(payload: Uint8Array): number {
  return payload.length < 2 ? -1 : Buffer.from(payload).readUInt16BE(0);
}

function unlike(what: string, { type, id, payload }: Reply, got: Frame | undefined): CheckFailure {
  const wanted = describeFrame({ type, id, flags: 0, length: payload.length, payload: Buffer.from(payload) });
  return new CheckFailure({ expected: `${what}: ${wanted}`, actual: got ? describeFrame(got) : 'nothing' });
}

export interface Generated {
  id: number;
  count: number;
  /** Largest payload of one frame. */
  most?: number;
  /** Called with frames of other types; false: they do not belong here. */
  other?: (frame: Frame) => boolean;
}

/**
 * All 0x83 frames of one GENERATE up to the one with END: their content, their sizes, their sum.
 * @param from bytes that takeSomeGenerated() has taken
 */
export async function takeGenerated(peer: Peer, wanted: Generated, from = 0): Promise<void> {
  const { count } = wanted;
  const made = await takeSomeGenerated(peer, wanted, from, Number.POSITIVE_INFINITY);
  if (made === count) return;
  throw new CheckFailure({ expected: `END after ${count} bytes`, actual: `END after ${made} bytes` });
}

/** From byte `from` on as many whole frames as make `enough` bytes, or up to END. @returns the next byte */
export async function takeSomeGenerated(
  peer: Peer,
  wanted: Generated,
  from: number,
  enough: number,
): Promise<number> {
  const { id, count, other } = wanted;
  let made = from;
  for (let ended = false; !ended && made - from < enough; ) {
    const what = `the reply to GENERATE ${count}, id ${id}, from byte ${made} on`;
    const got = await takeFrame(peer, what);
    if (got.type !== GENERATE_REPLY && other?.(got)) continue;
    expectPart(got, what, made, wanted);
    made += got.length;
    ended = got.flags === END;
  }
  return made;
}

function expectPart(got: Frame, what: string, made: number, wanted: Generated): void {
  const { id, count, most = GENERATE_FRAME_BYTES } = wanted;
  if (got.type !== GENERATE_REPLY || got.id !== id)
    throw unlike(what, { type: GENERATE_REPLY, id, payload: Buffer.alloc(0) }, got);
  if (got.length > most)
    throw new CheckFailure({
      expected: `0x83 frames of at most ${most} bytes of payload`,
      actual: `one of ${got.length} bytes`,
    });
  const isLast = made + got.length >= count;
  if (made + got.length > count || (got.flags !== 0 && !(isLast && got.flags === END)))
    throw new CheckFailure({
      expected: `${count} bytes in all, END on the last frame and no other flag`,
      actual: `a frame up to byte ${made + got.length} with flags 0x${got.flags.toString(16)}`,
    });
  const phase = made % PATTERN_PERIOD;
  expectBytes(`${what}`, got.payload, PATTERN.subarray(phase, phase + got.length));
}

/**
 * Fails when anything has come. The server has read all that was sent and sleeps; an exchange on another connection gives what it
 * may have sent before the time to arrive.
 */
export async function expectQuiet(context: CheckContext, peer: Peer, expected: string): Promise<void> {
  await context.consumed(peer);
  await context.asleep(peer.server);
  await context.stillServes(peer.server);
  if (peer.buffered() === 0 && peer.ended === undefined) return;
  const actual =
    peer.buffered() > 0 ? describeFrame(await takeFrame(peer, expected)) : 'the connection was closed';
  throw new CheckFailure({ expected, actual });
}

/** Fails when less than `ms` have passed since `since`, which was read before the stimulus: a slow harness can only measure too much. */
export function expectNotBefore(what: string, since: number, ms: number): void {
  const elapsedMs = performance.now() - since;
  // Timers count whole milliseconds, on clocks of two processes.
  if (elapsedMs >= 0.9 * ms) return;
  throw new CheckFailure({
    expected: `${what} not before ${ms} ms`,
    actual: `it came after ${elapsedMs.toFixed(0)} ms`,
  });
}

/** What fills the kernel's buffers and more, so that a server has to hold back: bytes. */
export function moreThanBuffers(context: CheckContext): number {
  return (context.inArena ? 3 : 24) * MIB;
}
