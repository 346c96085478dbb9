// The decoder makes the same of the same bytes, however they are cut; the encoder writes what the document shows.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type FramedVector,
  readFramedVectors,
  splitOffsets,
  type VectorEvent,
} from '../../harness/vectors/read.ts';
import * as cursor from '../wire/cursor.ts';
import * as frame from '../wire/frame.ts';

/** What comes out of the parser for these pieces, as the vectors tell it; neighbouring data joined. */
function eventsOf(pieces: Uint8Array[], maxFrameSize: number): VectorEvent[] {
  const parser = frame.newParser(maxFrameSize);
  const events: VectorEvent[] = [];
  let data: Uint8Array[] = [];
  const add = (event: VectorEvent): void => {
    if (data.length > 0) events.push({ kind: 'data', bytes: Buffer.concat(data) });
    data = [];
    if (events.at(-1)?.kind !== 'error') events.push(event); // an error is reported for good
  };
  for (const piece of pieces) {
    const input = cursor.over(piece);
    for (let more = true; more; ) {
      const event = frame.feed(parser, input);
      more = event.kind !== frame.EVENT_NONE && event.kind !== frame.EVENT_ERROR;
      if (event.kind === frame.EVENT_DATA) {
        expect(event.length).toBeGreaterThan(0);
        data.push(event.bytes.subarray(event.start, event.start + event.length));
      } else if (event.kind !== frame.EVENT_NONE) add(vectorEventOf(event));
    }
  }
  if (frame.isPartial(parser)) add({ kind: 'partial' });
  return events;
}

function vectorEventOf(event: frame.Event): VectorEvent {
  const { length, type, flags, id, code } = event.header;
  if (event.kind === frame.EVENT_END) return { kind: 'end' };
  if (event.kind === frame.EVENT_ERROR) return { kind: 'error', code, id };
  return { kind: 'begin', length, type, flags, id };
}

// A matcher that walks megabytes byte by byte, for every cut, would take minutes.
function expectSame(found: VectorEvent[], expected: readonly VectorEvent[], where: string): void {
  const same = found.length === expected.length && found.every((event, i) => isSame(event, expected[i]));
  if (!same) expect(found, where).toEqual(expected);
}

function isSame(one: VectorEvent, other: VectorEvent | undefined): boolean {
  if (one.kind === 'data' && other?.kind === 'data') return one.bytes.equals(other.bytes);
  return JSON.stringify(one) === JSON.stringify(other);
}

function headerOffsets({ events }: FramedVector): number[] {
  const lengths = events.flatMap((event) => (event.kind === 'begin' ? [event.length] : []));
  let offset = 0;
  return lengths.map((length) => {
    offset += 8 + length;
    return offset;
  });
}

describe('every vector', () => {
  test.each(readFramedVectors())('$name: whole and cut', (vector) => {
    const { bytes, events, maxFrameSize } = vector;
    expectSame(eventsOf([bytes], maxFrameSize), events, 'whole');
    for (const at of splitOffsets(bytes.length, headerOffsets(vector))) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      expectSame(eventsOf(pieces, maxFrameSize), events, `cut at ${at}`);
    }
    if (bytes.length >= 4096) return;
    const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expectSame(eventsOf(single, maxFrameSize), events, 'byte by byte');
  });
});

describe('any bytes at all', () => {
  const header = fc.tuple(
    fc.constantFrom(0, 1, 2, 255, 256, 257, 0x7fffffff, 0x80000000, 0xffffffff),
    fc.nat(255),
    fc.constantFrom(0, 0, 0, 1, 0x80),
    fc.nat(65535),
  );
  const cutFrame = fc
    .tuple(header, fc.uint8Array({ maxLength: 300 }))
    .map(([[length, type, flags, id], body]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(length, 0);
      bytes[4] = type;
      bytes[5] = flags;
      bytes.writeUInt16BE(id, 6);
      return Buffer.concat([bytes, body.subarray(0, Math.min(length, body.length))]);
    });
  const stream = fc
    .array(fc.oneof({ weight: 6, arbitrary: cutFrame }, fc.uint8Array({ maxLength: 40 })), { maxLength: 8 })
    .map((parts) => Buffer.concat(parts));

  test('give the same events at any cuts', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(2000), { maxLength: 20 }), (bytes, cuts) => {
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(eventsOf(pieces, 256)).toEqual(eventsOf([bytes], 256));
      }),
    );
  });
});

describe('decode', () => {
  const header = frame.newHeader();

  test('decides nothing before all 8 bytes of a header are there', () => {
    const hostile = Buffer.from('ffffffff01ff0007', 'hex');
    for (let there = 0; there < 8; there++) {
      expect(frame.decode(hostile, 0, there, 1024, header)).toBe(frame.PARTIAL);
    }
    expect(frame.decode(hostile, 0, 8, 1024, header)).toBe(frame.ERROR);
  });

  test('takes exactly the largest length and refuses one more, before it looks at the flags', () => {
    expect(frame.decode(Buffer.from('0000040001000007', 'hex'), 0, 8, 1024, header)).toBe(frame.COMPLETE);
    expect(header).toEqual({ length: 1024, type: 1, flags: 0, id: 7, code: 0 });
    expect(frame.decode(Buffer.from('0000040101010007', 'hex'), 0, 8, 1024, header)).toBe(frame.ERROR);
    expect(header.code).toBe(frame.CODE_FRAME_TOO_LARGE);
    expect(frame.decode(Buffer.from('0000040001010007', 'hex'), 0, 8, 1024, header)).toBe(frame.ERROR);
    expect(header.code).toBe(frame.CODE_BAD_FLAGS);
  });

  test('takes a length of 0x80000000 as a large number, not as a negative one', () => {
    expect(frame.decode(Buffer.from('8000000001000007', 'hex'), 0, 8, 1024, header)).toBe(frame.ERROR);
    expect(header.length).toBe(2147483648);
  });

  test('reads a header in the middle of a buffer', () => {
    const bytes = Buffer.from('ffffff0000000304000102ffff', 'hex');
    expect(frame.decode(bytes, 3, 11, 1024, header)).toBe(frame.COMPLETE);
    expect(header).toEqual({ length: 3, type: 4, flags: 0, id: 0x0102, code: 0 });
  });
});

describe('partialId', () => {
  test('is 0 until the header is complete, and 0 again when the frame is', () => {
    const parser = frame.newParser(1024);
    const feedAll = (hexBytes: string): void => {
      const input = cursor.over(Buffer.from(hexBytes, 'hex'));
      while (frame.feed(parser, input).kind !== frame.EVENT_NONE);
    };
    feedAll('00000001010000');
    expect([frame.isPartial(parser), frame.partialId(parser)]).toEqual([true, 0]);
    feedAll('2a');
    expect([frame.isPartial(parser), frame.partialId(parser)]).toEqual([true, 0x2a]);
    feedAll('61');
    expect([frame.isPartial(parser), frame.partialId(parser)]).toEqual([false, 0]);
  });
});

describe('encoding', () => {
  test('writes the header of the example in the document', () => {
    const bytes = Buffer.alloc(10, 0xee);
    frame.encode(bytes, 1, 3, frame.TYPE_ECHO_REPLY, 0, 7);
    expect(bytes.toString('hex')).toBe('ee0000000381000007ee');
  });

  test('writes lengths above 0x7fffffff', () => {
    const bytes = Buffer.alloc(8);
    frame.encode(bytes, 0, 0xfffffffe, frame.TYPE_GENERATE_REPLY, frame.FLAG_END, 0xffff);
    expect(bytes.toString('hex')).toBe('fffffffe8301ffff');
  });

  test('puts the name of the code into an ERROR', () => {
    const bytes = Buffer.alloc(frame.ERROR_FRAME_BYTES);
    const length = frame.encodeError(bytes, 0, frame.CODE_BAD_FLAGS, 0x0102);
    expect(bytes.toString('latin1', 0, length)).toBe('\x00\x00\x00\x0b\xff\x00\x01\x02\x00\x02BAD_FLAGS');
  });

  test('calls a number that is no code UNKNOWN', () => {
    expect(frame.codeName(8)).toBe('UNKNOWN');
    expect(frame.codeName(7)).toBe('FRAME_TIMEOUT');
  });
});
