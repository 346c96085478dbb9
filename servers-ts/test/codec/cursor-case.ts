// Cases for wire/cursor: u8 room, then steps of one byte modulo 8 each: 0 to 2 read a u8, u16, u32; 3 to 5 write one;
// 6 skips u8 bytes; 7 writes u8 bytes of a run. The outcome has a word for each: what was read, or whether it fitted;
// then all bytes.
//
// Mirrors servers-c/test/codec/cursor_case.c.

import * as cursor from '../../wire/cursor.ts';
import type { Script } from './script.ts';

function read(at: cursor.Cursor, which: number): string {
  const value = which === 0 ? cursor.readU8(at) : which === 1 ? cursor.readU16(at) : cursor.readU32(at);
  return value === undefined ? '-' : value.toString(16);
}

function move(at: cursor.Cursor, which: number, script: Script): boolean {
  if (which === 3) return cursor.writeU8(at, script.u8());
  if (which === 4) return cursor.writeU16(at, script.u16());
  if (which === 5) return cursor.writeU32(at, script.u32());
  if (which === 6) return cursor.skip(at, script.u8());
  return cursor.writeBytes(at, Buffer.alloc(script.u8(), 0xa5));
}

export function cursorCase(script: Script): string {
  // Top bits set and not, none equal to its neighbour.
  const bytes = Buffer.from(Array.from({ length: script.u8() }, (_, i) => i * 37 + 129));
  const at = cursor.over(bytes);
  let outcome = '';
  while (script.left > 0) {
    const which = script.u8() % 8;
    const word = which < 3 ? read(at, which) : move(at, which, script) ? 'fits' : '-';
    outcome += ` ${word}@${cursor.left(at)}`;
  }
  return `${outcome} ${bytes.toString('hex')}`;
}
