/** Frames for the TypeScript base: bytes built, and the next frame found in bytes. Pure; what a frame is answered with stands in framed.ts. */

export const HEADER_BYTES = 8;

/** What a parser that takes the place of framed.ts gives back. */
export interface Parsed {
  replies: Buffer[];
}

export interface Header {
  length: number;
  type: number;
  flags: number;
  id: number;
}

export function frame(type: number, id: number, payload: Uint8Array, flags = 0): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(payload.length, 0);
  header.writeUInt8(type, 4);
  header.writeUInt8(flags, 5);
  header.writeUInt16BE(id, 6);
  return Buffer.concat([header, payload]);
}

export function errorFrame(code: number, id: number, name: string): Buffer {
  return frame(0xff, id, Buffer.concat([Buffer.from([0, code]), Buffer.from(name)]));
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function headerOf(bytes: Buffer): Header {
  return {
    length: bytes.readUInt32BE(0),
    type: bytes.readUInt8(4),
    flags: bytes.readUInt8(5),
    id: bytes.readUInt16BE(6),
  };
}
