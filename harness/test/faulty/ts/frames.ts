/** Frames for the TypeScript base: ECHO and the errors 1 to 3. Pure; every other type is UNKNOWN_TYPE. */

export interface Parsed {
  replies: Buffer[];
  /** The bytes of a frame that is not complete yet. */
  rest: Buffer;
  /** The name of a fatal error, whose ERROR is the last of `replies`. */
  fatal?: string;
}

const HEADER_BYTES = 8;

export function frame(type: number, id: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(payload.length, 0);
  header.writeUInt8(type, 4);
  header.writeUInt16BE(id, 6);
  return Buffer.concat([header, payload]);
}

export function errorFrame(code: number, id: number, name: string): Buffer {
  return frame(0xff, id, Buffer.concat([Buffer.from([0, code]), Buffer.from(name)]));
}

/** All complete frames at the front of `input`, answered. */
export function parseFrames(input: Buffer, maxFrameSize: number): Parsed {
  const replies: Buffer[] = [];
  let at = 0;
  while (input.length - at >= HEADER_BYTES) {
    const length = input.readUInt32BE(at);
    const id = input.readUInt16BE(at + 6);
    const fatal = length > maxFrameSize ? 'FRAME_TOO_LARGE' : input[at + 5] !== 0 ? 'BAD_FLAGS' : undefined;
    if (fatal) {
      replies.push(errorFrame(fatal === 'BAD_FLAGS' ? 2 : 1, id, fatal));
      return { replies, rest: Buffer.alloc(0), fatal };
    }
    const end = at + HEADER_BYTES + length;
    if (input.length < end) break;
    const payload = input.subarray(at + HEADER_BYTES, end);
    replies.push(input[at + 4] === 0x01 ? frame(0x81, id, payload) : errorFrame(3, id, 'UNKNOWN_TYPE'));
    at = end;
  }
  return { replies, rest: input.subarray(at) };
}
