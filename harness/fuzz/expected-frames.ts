/**
 * What docs/protocol.md sections 1 and 4 make of a stream of requests, and of single frames that a server sends.
 */
import type { Numbers } from './numbers.ts';

const HEADER_BYTES = 8;
const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/** Section 4, in the order of its table; code 0 is never sent to a peer. */
const CODE_NAMES = [
  'TRUNCATED_FRAME',
  'FRAME_TOO_LARGE',
  'BAD_FLAGS',
  'UNKNOWN_TYPE',
  'BAD_PAYLOAD',
  'OVERLOADED',
  'IDLE_TIMEOUT',
  'FRAME_TIMEOUT',
];

/** The events of a stream in the words of the vectors; how it was cut makes no difference. */
export function expectedFrames(numbers: Numbers): string[] {
  const maxFrameSize = numbers.u32();
  for (let pieces = numbers.u8(); pieces > 0; pieces--) numbers.u16();
  return eventsOf(numbers.rest(), maxFrameSize);
}

/** The events of these bytes, `partial` included where they end inside a frame. */
export function eventsOf(stream: Buffer, maxFrameSize: number): string[] {
  const events: string[] = [];
  let rest = stream;
  while (rest.length >= HEADER_BYTES) {
    const [length, type, flags, id] = [
      rest.readUInt32BE(0),
      rest.readUInt8(4),
      rest.readUInt8(5),
      rest.readUInt16BE(6),
    ];
    if (length > maxFrameSize) return [...events, `error(1,${hex(id, 4)})`];
    if (flags !== 0) return [...events, `error(2,${hex(id, 4)})`];
    const payload = rest.subarray(HEADER_BYTES, HEADER_BYTES + length);
    events.push(`begin(${length},${hex(type, 2)},${hex(flags, 2)},${hex(id, 4)})`);
    if (payload.length > 0) events.push(`data(${payload.toString('hex')})`);
    events.push(payload.length < length ? 'partial' : 'end');
    if (payload.length < length) return events;
    rest = rest.subarray(HEADER_BYTES + length);
  }
  return rest.length > 0 ? [...events, 'partial'] : events;
}

function frame(type: number, flags: number, id: number, payload: string): string {
  return hex(payload.length / 2, 8) + hex(type, 2) + hex(flags, 2) + hex(id, 4) + payload;
}

/** A header, a frame with one number, an ERROR. */
export function expectedHeader(numbers: Numbers): string[] {
  const [length, type, flags, id] = [numbers.u32(), numbers.u8(), numbers.u8(), numbers.u16()];
  const [number, code] = [numbers.u32(), numbers.u16()];
  const name = CODE_NAMES[code] ?? 'UNKNOWN';
  return [
    hex(length, 8) + hex(type, 2) + hex(flags, 2) + hex(id, 4),
    frame(type, 0, id, hex(number, 8)),
    frame(0xff, 0, id, hex(code, 4) + Buffer.from(name).toString('hex')),
    name,
  ];
}
