// The cursor reads and writes big-endian numbers, and never passes the end.

import { describe, expect, test } from 'vitest';
import * as cursor from '../wire/cursor.ts';

const EIGHT = Uint8Array.of(0x80, 0x01, 0xfe, 0xff, 0x00, 0x7f, 0xff, 0x10);

describe('reading', () => {
  test('takes big-endian numbers one after the other', () => {
    const input = cursor.over(EIGHT);
    expect(cursor.readU8(input)).toBe(0x80);
    expect(cursor.readU16(input)).toBe(0x01fe);
    expect(cursor.readU32(input)).toBe(0xff007fff);
    expect(cursor.left(input)).toBe(1);
  });

  test('gives numbers above 0x7fffffff as positive', () => {
    expect(cursor.readU32(cursor.over(Uint8Array.of(0xff, 0xff, 0xff, 0xff)))).toBe(4294967295);
    expect(cursor.readU32(cursor.over(Uint8Array.of(0x80, 0, 0, 0)))).toBe(2147483648);
  });

  test.each([
    ['u8', cursor.readU8, 1],
    ['u16', cursor.readU16, 2],
    ['u32', cursor.readU32, 4],
  ] as const)('of a %s moves nothing when fewer bytes are left', (_name, read, size) => {
    for (let there = 0; there < size; there++) {
      const input = cursor.over(EIGHT, 3, 3 + there);
      expect(read(input)).toBeUndefined();
      expect(input.offset).toBe(3);
    }
  });

  test('does not see what lies at the end and behind it', () => {
    const input = cursor.over(EIGHT, 0, 2);
    expect(cursor.skip(input, 3)).toBe(false);
    expect(cursor.skip(input, 2)).toBe(true);
    expect(cursor.left(input)).toBe(0);
    expect(cursor.readU8(input)).toBeUndefined();
  });
});

describe('writing', () => {
  test('puts big-endian numbers and runs of bytes one after the other', () => {
    const bytes = new Uint8Array(9);
    const output = cursor.over(bytes);
    expect(cursor.writeU32(output, 0xdeadbeef)).toBe(true);
    expect(cursor.writeU16(output, 0x0102)).toBe(true);
    expect(cursor.writeU8(output, 0xff)).toBe(true);
    expect(cursor.writeBytes(output, Uint8Array.of(7, 8))).toBe(true);
    expect([...bytes]).toEqual([0xde, 0xad, 0xbe, 0xef, 0x01, 0x02, 0xff, 7, 8]);
  });

  test('writes nothing at all when there is no room for all of it', () => {
    const bytes = new Uint8Array(4);
    const output = cursor.over(bytes, 1);
    expect(cursor.writeU32(output, 0xffffffff)).toBe(false);
    expect(cursor.writeBytes(output, Uint8Array.of(1, 2, 3, 4))).toBe(false);
    expect(cursor.skip(output, 2)).toBe(true);
    expect(cursor.writeU16(output, 0xffff)).toBe(false);
    expect([...bytes]).toEqual([0, 0, 0, 0]);
    expect(output.offset).toBe(3);
    expect(cursor.writeU8(output, 9)).toBe(true);
    expect(cursor.writeU8(output, 9)).toBe(false);
  });
});
