/** The clients' own codec of the framed protocol, against literal bytes and the shared vectors. */
import { describe, expect, it } from 'vitest';
import { readFramedVectors, splitOffsets, type VectorEvent } from '../../harness/vectors/read.ts';
import { encodeFrame, encodeU32, ReplyDecoder } from '../framed.ts';
import { hex } from './scripted-server.ts';

const LARGEST_LIMIT = 1_073_741_824;

/** Frames of the bytes, fed in the given pieces, as plain words. */
function decode(pieces: readonly Buffer[], maxFrameSize: number): string[] {
  const decoder = new ReplyDecoder(maxFrameSize);
  const frames = pieces.flatMap((piece) => decoder.push(piece));
  const rest = decoder.pendingBytes > 0 ? [`pending ${decoder.pendingBytes}`] : [];
  return [...frames.map((f) => `${f.type} ${f.flags} ${f.id} ${f.payload.toString('latin1')}`), ...rest];
}

/** What `decode` must give for the events of a vector of so many bytes. */
function wordsOf(events: readonly VectorEvent[], byteCount: number): string[] {
  const words: string[] = [];
  let [word, payload, complete] = ['', '', 0];
  for (const event of events) {
    if (event.kind === 'begin') [word, payload] = [`${event.type} ${event.flags} ${event.id}`, ''];
    if (event.kind === 'data') payload = event.bytes.toString('latin1');
    if (event.kind !== 'end') continue;
    words.push(`${word} ${payload}`);
    complete += 8 + payload.length;
  }
  return byteCount > complete ? [...words, `pending ${byteCount - complete}`] : words;
}

describe('encodeFrame', () => {
  it('writes length, type, flags and id in network order, then the payload', () => {
    expect(encodeFrame(0x01, 0x0007, Buffer.from('abc'))).toEqual(hex('00000003 01 00 0007 616263'));
    expect(encodeFrame(0x83, 0xfffe, Buffer.alloc(0), 0x01)).toEqual(hex('00000000 83 01 fffe'));
    expect(encodeFrame(0x02, 0, Buffer.alloc(66_000, 'x')).subarray(0, 9)).toEqual(
      hex('000101d0 02 00 0000 78'),
    );
  });

  it('writes a u32 in network order', () => {
    expect(encodeU32(0xfffefdfc)).toEqual(hex('fffefdfc'));
  });
});

describe('ReplyDecoder', () => {
  // Vectors are requests; flags are no error in a reply, so those that end in one are not for this decoder.
  const vectors = readFramedVectors().filter(({ events }) => events.at(-1)?.kind !== 'error');

  it.each(vectors)('gives the frames of vector $name at every cut', ({ bytes, maxFrameSize, events }) => {
    const expected = wordsOf(events, bytes.length);
    for (const offset of splitOffsets(bytes.length, [0])) {
      expect(decode([bytes.subarray(0, offset), bytes.subarray(offset)], maxFrameSize)).toEqual(expected);
    }
  });

  it('gives type, flags, id, payload and the offset of each frame', () => {
    const bytes = hex('00000003 81 00 0007 616263 00000000 83 01 ffff');
    expect(new ReplyDecoder().push(bytes)).toEqual([
      { type: 0x81, flags: 0, id: 7, payload: hex('616263'), wire: bytes.subarray(0, 11), offset: 0 },
      { type: 0x83, flags: 1, id: 0xffff, payload: hex(''), wire: bytes.subarray(11), offset: 11 },
    ]);
  });

  it('refuses a length above its limit as soon as the header is there, and says where', () => {
    const decoder = new ReplyDecoder(256);
    decoder.push(hex('00000001 81 00 0001 61'));
    decoder.push(hex('00000101 81 00 00'));
    expect(() => decoder.push(hex('02'))).toThrow(
      'wrong reply at byte 9 of what the server sent: a frame claims 257 bytes of payload, above the limit of 256',
    );
  });

  it('allocates nothing for a length that is only claimed', () => {
    const before = process.memoryUsage().arrayBuffers;
    new ReplyDecoder(LARGEST_LIMIT).push(hex('40000000 81 00 0001 61'));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_048_576);
  });
});
