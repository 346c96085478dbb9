/**
 * Cases for the codecs, made by fast-check: mostly valid, some at the boundaries, some noise, and all of them shrink.
 *
 * The bytes of a case are laid out as servers-c/test/codec/ says. Nothing here knows what must come out.
 */
import fc from 'fast-check';
import { MODULES, type Module } from './expected.ts';

/** How often each kind of input comes. */
const VALID = 6;
const BOUNDARY = 1;
const NOISE = 1;

const LARGEST_PAYLOAD = 300;
/** Where comparisons, signs and sizes of types change. */
const EDGES_U32 = [0, 1, 255, 256, 257, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff];
const EDGES_U16 = [0, 1, 0xff, 0x100, 0x7fff, 0x8000, 0xffff];

const u8 = fc.integer({ min: 0, max: 0xff });
const u16 = fc.oneof({ weight: 3, arbitrary: fc.nat(0xffff) }, fc.constantFrom(...EDGES_U16));
const u32 = fc.oneof({ weight: 3, arbitrary: fc.nat(0xffffffff) }, fc.constantFrom(...EDGES_U32));

const bytes8 = (value: number) => Buffer.of(value);
const bytes16 = (value: number) => Buffer.of(value >>> 8, value);
const bytes32 = (value: number) => Buffer.of(value >>> 24, value >>> 16, value >>> 8, value);
const noise = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));

// ---- streams ----

type Frame = { length: number; type: number; flags: number; id: number; payload: Uint8Array };

const frameBytes = ({ length, type, flags, id, payload }: Frame) =>
  Buffer.concat([bytes32(length), bytes8(type), bytes8(flags), bytes16(id), payload]);

const type = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(1, 2, 3, 4) }, u8);

const validFrame = fc
  .record({ type, id: u16, payload: fc.uint8Array({ maxLength: LARGEST_PAYLOAD }) })
  .map((frame) => frameBytes({ ...frame, flags: 0, length: frame.payload.length }));

/** A length that is at an edge, flags or not, and a payload that may be shorter or longer than it says. */
const boundaryFrame = fc
  .record({
    length: fc.constantFrom(...EDGES_U32),
    type: u8,
    flags: fc.constantFrom(0, 0, 0, 1, 0x80, 0xff),
    id: u16,
    payload: fc.uint8Array({ maxLength: LARGEST_PAYLOAD }),
  })
  .map((frame) => frameBytes({ ...frame, payload: frame.payload.subarray(0, frame.length) }));

const stream = fc
  .array(
    fc.oneof(
      { weight: VALID, arbitrary: validFrame },
      { weight: BOUNDARY, arbitrary: boundaryFrame },
      { weight: NOISE, arbitrary: noise },
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));

const limit = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(256, LARGEST_PAYLOAD, 1_048_576) }, u32);

const frame = fc
  .tuple(limit, fc.array(fc.nat(40), { maxLength: 12 }), stream)
  .map(([maxFrameSize, pieces, bytes]) =>
    Buffer.concat([bytes32(maxFrameSize), bytes8(pieces.length), ...pieces.map(bytes16), bytes]),
  );

// ---- the other modules ----

const header = fc
  .tuple(u32, u8, fc.oneof(fc.constant(0), u8), u16, u32, fc.oneof(fc.nat(9), u16))
  .map(([length, type, flags, id, number, code]) =>
    Buffer.concat([
      bytes32(length),
      bytes8(type),
      bytes8(flags),
      bytes16(id),
      bytes32(number),
      bytes16(code),
    ]),
  );

/** Steps of one byte and what follows it, the first `kinds` of them equally often. */
const steps = (head: fc.Arbitrary<Buffer>, ...kinds: fc.Arbitrary<Buffer>[]) =>
  fc
    .tuple(head, fc.array(fc.oneof(...kinds), { maxLength: 40 }))
    .map(([first, rest]) => Buffer.concat([first, ...rest]));

const step = (number: number, ...operands: fc.Arbitrary<Buffer>[]) =>
  fc.tuple(...operands).map((parts) => Buffer.concat([bytes8(number), ...parts]));

const byte = u8.map(bytes8);
const word = u16.map(bytes16);
const long = u32.map(bytes32);
/** Largest payload of a 0x83 frame: small ones, so that a GENERATE has many, and the largest that there is. */
const frameBytesOfGenerate = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 600 }) },
  fc.constant(0x10000),
);

/** Counts that fill their last frame exactly, or miss that by one; any count; the edges. */
const countFor = (frameBytes: number) =>
  fc
    .oneof(
      fc.tuple(fc.nat(4), fc.integer({ min: -1, max: 1 })).map(([frames, off]) => frames * frameBytes + off),
      fc.nat(1000),
      u32,
    )
    .map((count) => bytes32(count >>> 0));

const replies = frameBytesOfGenerate.chain((frameBytes) =>
  steps(
    fc.constant(bytes16(frameBytes - 1)),
    step(0, byte, byte),
    step(1, word, countFor(frameBytes)),
    step(2),
    step(2),
    fc.oneof({ weight: 9, arbitrary: step(2) }, step(3)),
  ),
);

const delays = steps(
  fc.constant(Buffer.alloc(0)),
  step(0, fc.nat(5).map(bytes8), byte),
  step(0, byte, byte),
  step(1),
  step(2),
  fc.oneof({ weight: 9, arbitrary: step(2) }, step(3)),
);

const cursor = steps(
  fc.nat(40).map(bytes8),
  fc.oneof(step(0), step(1), step(2)),
  step(3, byte),
  step(4, word),
  step(5, long),
  step(6, fc.nat(6).map(bytes8)),
  step(7, fc.nat(12).map(bytes8)),
);

const BODIES: Readonly<Record<Module, fc.Arbitrary<Buffer>>> = { frame, header, replies, delays, cursor };

/** Any module; the stream of frames as often as all others together, and pure noise now and then. */
export const anyCase: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 1, arbitrary: noise },
  ...MODULES.map((module, number) => ({
    weight: module === 'frame' ? 12 : 3,
    arbitrary: BODIES[module].map((body) => Buffer.concat([bytes8(number), body])),
  })),
);
