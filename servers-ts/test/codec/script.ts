// Reads the numbers that a test case consists of. Past the end every number is 0, so that any bytes at all are a case.
//
// Mirrors servers-c/test/codec/script.h.

/** Takes big-endian numbers off the front of `bytes`. */
export class Script {
  readonly bytes: Buffer;
  offset = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.offset;
  }

  u8(): number {
    return this.left === 0 ? 0 : this.bytes.readUInt8(this.offset++);
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  /** What is not read yet. */
  rest(): Buffer {
    return this.bytes.subarray(this.offset);
  }
}
