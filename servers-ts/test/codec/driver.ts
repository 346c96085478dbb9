// Runs cases for the harness: on stdin a u32 length (big-endian) and as many bytes, again and again; on stdout a u32
// length and the outcome as text for each. Ends at the end of its input.
//
// Blocking calls: one case at a time is all there is to do. Mirrors servers-c/test/codec/driver.c.

import { readSync, writeSync } from 'node:fs';
import { codecCase } from './codec-case.ts';

const STDIN = 0;
const STDOUT = 1;
const LENGTH_BYTES = 4;

/** Exactly so many bytes; `undefined` at the end of the input. */
function readExactly(length: number): Buffer | undefined {
  const bytes = Buffer.alloc(length);
  for (let filled = 0; filled < length; ) {
    const count = readSync(STDIN, bytes, filled, length - filled, null);
    if (count === 0 && filled === 0) return undefined;
    if (count === 0) throw new Error('codec driver: the case is cut off');
    filled += count;
  }
  return bytes;
}

function writeOutcome(text: string): void {
  const bytes = Buffer.alloc(LENGTH_BYTES + text.length);
  bytes.writeUInt32BE(text.length);
  bytes.write(text, LENGTH_BYTES, 'latin1');
  for (let written = 0; written < bytes.length; ) written += writeSync(STDOUT, bytes, written);
}

for (let length = readExactly(LENGTH_BYTES); length !== undefined; length = readExactly(LENGTH_BYTES)) {
  const bytes = readExactly(length.readUInt32BE());
  writeOutcome(codecCase(bytes ?? Buffer.alloc(0)));
}
