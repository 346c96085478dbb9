/**
 * Whether a frame of the server is the reply that a request asked for (docs/protocol.md section 2), and a frame in words.
 *
 * Deliberately not here: order, which needs the other requests and is the dialogue's (framed-dialogue.ts).
 */
import { firstDifference, wrongReply } from './errors.ts';
import {
  ERROR_NAMES,
  FLAG_END,
  type Frame,
  GENERATE_PERIOD,
  HEADER_SIZE,
  MAX_GENERATED_FRAME_SIZE,
  TYPE,
} from './framed.ts';
import type { Command } from './framed-commands.ts';
import { elapsedMs } from './latency.ts';

export type Request = Exclude<Command, { kind: 'raw' }>;

/** A request without a complete reply. */
export type Outstanding = {
  readonly id: number;
  readonly request: Request;
  readonly sentNs: bigint;
  /** Payload bytes of a GENERATE so far. */
  generated: number;
};

/** Two clocks that run apart by this much are still called equal: a DELAY that seems earlier than this is wrong. */
const CLOCK_DRIFT = 0.001;
/** The period of GENERATE, long enough to compare any frame with one slice of it. */
const GENERATED = Buffer.from(
  Array.from({ length: MAX_GENERATED_FRAME_SIZE + GENERATE_PERIOD }, (_, k) => k % GENERATE_PERIOD),
);

/** Bytes `start` to `start + length` of a GENERATE stream. */
function generatedBytes(start: number, length: number): Buffer {
  const phase = start % GENERATE_PERIOD;
  return GENERATED.subarray(phase, phase + length);
}

const REPLY_NAMES: Readonly<Record<number, string>> = {
  [TYPE.echoReply]: 'ECHO',
  [TYPE.discardReply]: 'DISCARD',
  [TYPE.generateReply]: 'GENERATE',
  [TYPE.delayReply]: 'DELAY',
  [TYPE.goaway]: 'GOAWAY',
};

/** A frame in words: `ECHO`, `DISCARD 1000`, `GENERATE END`, `ERROR 3 UNKNOWN_TYPE`. */
export function describe(frame: Frame): string {
  if (frame.type === TYPE.error) return describeError(frame);
  const name = REPLY_NAMES[frame.type] ?? `type 0x${frame.type.toString(16).padStart(2, '0')}`;
  const flags = frame.flags === FLAG_END ? ' END' : ` flags 0x${frame.flags.toString(16).padStart(2, '0')}`;
  return name + describeCount(frame) + (frame.flags === 0 ? '' : flags);
}

function describeCount({ type, payload }: Frame): string {
  const isCount = (type === TYPE.discardReply || type === TYPE.goaway) && payload.length === 4;
  return isCount ? ` ${payload.readUInt32BE(0)}` : '';
}

function describeError({ payload }: Frame): string {
  const code = payload.length >= 2 ? payload.readUInt16BE(0) : 0;
  return `ERROR ${code} ${ERROR_NAMES[code] ?? 'of an unknown code'}`;
}

/** Throws a ClientError with the offset of the first wrong byte if the frame is not what the request asked for. */
export function verify(frame: Frame, outstanding: Outstanding): void {
  const { request } = outstanding;
  if (request.kind === 'generate') {
    verifyGenerated(frame, outstanding, request.bytes);
    return;
  }
  if (frame.flags !== 0) throw wrongReply(frame.offset + 5, `${describe(frame)}: flags must be 00`);
  verifyPayload(frame, expectedPayload(request));
  if (request.kind === 'delay') verifyDelay(frame, outstanding.sentNs, request.delayMs);
}

function expectedPayload(request: Exclude<Request, { kind: 'generate' }>): Buffer {
  if (request.kind === 'echo') return request.payload;
  if (request.kind === 'delay') return request.payload.subarray(4);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(request.payload.length);
  return count;
}

function verifyPayload(frame: Frame, expected: Buffer): void {
  const { payload, offset } = frame;
  if (payload.length !== expected.length) {
    throw wrongReply(
      offset,
      `${describe(frame)} id ${frame.id}: ${payload.length} bytes of payload, expected ${expected.length}`,
    );
  }
  if (!payload.equals(expected)) throw firstDifference(expected, payload, offset + HEADER_SIZE);
}

function verifyGenerated(frame: Frame, outstanding: Outstanding, total: number): void {
  const { payload, offset } = frame;
  const where = `GENERATE id ${frame.id}`;
  if (payload.length > MAX_GENERATED_FRAME_SIZE) {
    throw wrongReply(offset, `${where}: a frame of ${payload.length} bytes, at most 65536 are allowed`);
  }
  verifyPayload(frame, generatedBytes(outstanding.generated, payload.length));
  outstanding.generated += payload.length;
  const { generated } = outstanding;
  if (generated > total) throw wrongReply(offset, `${where}: ${generated} bytes, ${total} were asked for`);
  if ((frame.flags & ~FLAG_END) !== 0) throw wrongReply(offset + 5, `${where}: flags other than END`);
  if ((frame.flags & FLAG_END) !== 0 && generated < total) {
    throw wrongReply(offset + 5, `${where}: END after ${generated} of ${total} bytes`);
  }
}

function verifyDelay(frame: Frame, sentNs: bigint, delayMs: number): void {
  const passedMs = elapsedMs(sentNs);
  if (passedMs >= delayMs * (1 - CLOCK_DRIFT)) return;
  throw wrongReply(
    frame.offset,
    `DELAY id ${frame.id}: came after ${passedMs.toFixed(1)} ms, not before ${delayMs} ms`,
  );
}
