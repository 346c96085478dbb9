/**
 * What checked big-endian reads and writes in a run of bytes must give: all or nothing, and never past the end.
 */
import type { Numbers } from './numbers.ts';

const SIZES = [1, 2, 4];
const RUN_BYTE = 0xa5;

/** The bytes that a step writes; undefined for one that skips. */
function written(step: number, numbers: Numbers): { length: number; bytes?: Buffer } {
  if (step === 6) return { length: numbers.u8() };
  if (step === 7) return filled(Buffer.alloc(numbers.u8(), RUN_BYTE));
  return filled(Buffer.from(Array.from({ length: SIZES[step - 3] ?? 0 }, () => numbers.u8())));
}

const filled = (bytes: Buffer) => ({ length: bytes.length, bytes });

export function expectedCursor(numbers: Numbers): string[] {
  const room = Buffer.from(Array.from({ length: numbers.u8() }, (_, i) => i * 37 + 129));
  const words: string[] = [];
  let offset = 0;
  while (numbers.hasMore) {
    const step = numbers.u8() % 8;
    const change = step < 3 ? { length: SIZES[step] ?? 0 } : written(step, numbers);
    const fits = offset + change.length <= room.length;
    const here = offset;
    if (fits) offset += change.length;
    if (fits && 'bytes' in change) change.bytes?.copy(room, here);
    const word = step < 3 && fits ? room.readUIntBE(here, change.length).toString(16) : 'fits';
    words.push(`${fits ? word : '-'}@${room.length - offset}`);
  }
  return room.length > 0 ? [...words, room.toString('hex')] : words;
}
