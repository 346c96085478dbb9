/**
 * The vectors themselves: that they are well formed, and that bytes and events of each line belong together. The
 * events are turned back into bytes here, from the document and without any codec of the repository.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type FramedVector,
  readFramedReplyVectors,
  readFramedVectors,
  splitOffsets,
  type VectorEvent,
} from '../vectors/read.ts';

const vectors = readFramedVectors();
const replyVectors = readFramedReplyVectors();

/** The bytes that must have stood on the wire for this event. */
function bytesOf(event: VectorEvent): Buffer {
  if (event.kind === 'data') return event.bytes;
  if (event.kind !== 'begin') return Buffer.alloc(0);
  const { length, type, flags, id } = event;
  return Buffer.from([length >>> 24, length >>> 16, length >>> 8, length, type, flags, id >>> 8, id]);
}

const bytesOfAll = (events: readonly VectorEvent[]) => Buffer.concat(events.map(bytesOf));

/** What is left of the input after the bytes that the events account for. */
function restOf(vector: FramedVector): Buffer {
  return vector.bytes.subarray(bytesOfAll(vector.events).length);
}

describe('the file of vectors', () => {
  it.each(['framed.txt', 'framed-replies.txt'])(
    '%s has no line that a buffer of 8192 bytes cannot hold',
    (file) => {
      const lines = readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'latin1').split('\n');
      expect(lines.filter((line) => line.length > 8191 || /[^\x20-\x7e]/.test(line))).toEqual([]);
    },
  );

  it('has at least 40 vectors, each with a name of its own', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(40);
    expect(new Set(vectors.map(({ name }) => name)).size).toBe(vectors.length);
    expect(new Set(replyVectors.map(({ name }) => name)).size).toBe(replyVectors.length);
  });

  it('has valid, partial and hostile ones', () => {
    const endings = vectors.map(({ events }) => events.at(-1)?.kind);
    for (const ending of ['end', 'partial', 'error']) {
      expect(endings.filter((kind) => kind === ending).length).toBeGreaterThan(10);
    }
  });
});

describe.each(vectors)('vector $name', (vector) => {
  it('has events that account for its bytes from the first on', () => {
    const explained = bytesOfAll(vector.events);
    expect(explained.equals(vector.bytes.subarray(0, explained.length))).toBe(true);
  });

  it('frames every payload: begin, as many bytes as it says, end', () => {
    const words = vector.events.map((event) => event.kind).join(' ');
    expect(words).toMatch(/^(?:begin (?:data )?end ?)*(?:(?:begin (?:data )?)?partial|error\b.*)?$/);
    let owed = 0;
    for (const event of vector.events) {
      if (event.kind === 'begin') owed = event.length;
      if (event.kind === 'data') owed -= event.bytes.length;
      if (event.kind === 'end') expect(owed).toBe(0);
      if (event.kind === 'begin') expect(event.length).toBeLessThanOrEqual(vector.maxFrameSize);
    }
  });

  it('leaves over nothing but what its last event says', () => {
    const rest = restOf(vector);
    const last = vector.events.at(-1);
    if (last?.kind === 'partial') expect(rest.length).toBeLessThan(8);
    else if (last?.kind !== 'error') expect(rest.length).toBe(0);
    else {
      const isTooLarge = rest.readUInt32BE(0) > vector.maxFrameSize;
      expect({ code: last.code, id: last.id }).toEqual({
        code: isTooLarge ? 1 : 2,
        id: rest.readUInt16BE(6),
      });
      if (!isTooLarge) expect(rest.readUInt8(5)).not.toBe(0);
    }
  });
});

describe('split offsets', () => {
  it('are all of them below 4 KiB', () => {
    expect(splitOffsets(3, [0])).toEqual([0, 1, 2, 3]);
    expect(splitOffsets(4095, [0])).toHaveLength(4096);
  });

  it('are the edges, the headers and the read borders of a large input', () => {
    const offsets = splitOffsets(65_545, [0, 65_532]);
    expect(offsets.slice(0, 17)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 65_524]);
    expect(offsets).toEqual(expect.arrayContaining([65_536, 65_540, 65_544, 65_545]));
    expect(offsets.at(-1)).toBe(65_545);
  });
});
