/**
 * Reads the big-endian numbers of a case for the codecs; past the end every number is 0, as cases have it.
 */
export class Numbers {
  readonly bytes: Buffer;
  offset = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get hasMore(): boolean {
    return this.offset < this.bytes.length;
  }

  u8(): number {
    return this.bytes[this.offset++] ?? 0;
  }

  u16(): number {
    return this.u8() * 256 + this.u8();
  }

  u32(): number {
    return this.u16() * 65_536 + this.u16();
  }

  rest(): Buffer {
    return this.bytes.subarray(this.offset);
  }
}
