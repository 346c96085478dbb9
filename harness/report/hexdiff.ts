/**
 * Two byte strings one above the other, in hexadecimal and ASCII, with a caret under the first wrong byte.
 * Pure text.
 */
import type { ByteDifference } from '../checks/check.ts';

/** Four lines: where, expected, actual, caret. */
export function hexdiff(bytes: ByteDifference): string[] {
  const { offset, windowOffset, expectedLength, actualLength } = bytes;
  const width = Math.max(bytes.expected.length, bytes.actual.length);
  const column = (offset - windowOffset) * 3;
  return [
    `bytes from offset ${windowOffset} on (${expectedLength} expected, ${actualLength} came)`,
    `expected  ${row(bytes.expected, width)}`,
    `actual    ${row(bytes.actual, width)}`,
    `          ${' '.repeat(column)}^^ ${verdict(bytes)}`,
  ];
}

function row(bytes: Uint8Array, width: number): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const ascii = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
  return `${hex.padEnd(width * 3 - 1)}  |${ascii.join('')}|`;
}

function verdict({ offset, expectedLength, actualLength }: ByteDifference): string {
  if (offset === actualLength) return `the bytes end here, at offset ${offset}`;
  if (offset === expectedLength) return `the first byte too many, at offset ${offset}`;
  return `the first wrong byte, at offset ${offset}`;
}
