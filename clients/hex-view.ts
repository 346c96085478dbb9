/**
 * Bytes for people: the classic view with offset, hex and ASCII, and a one-line preview.
 *
 * Deliberately no colours and no comparing: harness/report shows where two byte strings differ.
 */

const BYTES_PER_LINE = 16;

/** Lines like `00000000  61 62 63 ...  |abc|`; `offset` is that of the first byte in its stream. */
export function hexView(bytes: Buffer, offset = 0): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    lines.push(hexLine(bytes.subarray(at, at + BYTES_PER_LINE), offset + at));
  }
  return lines.join('\n');
}

function hexLine(bytes: Buffer, offset: number): string {
  const pairs = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const hex = `${pairs.slice(0, 8).join(' ').padEnd(23)}  ${pairs.slice(8).join(' ').padEnd(23)}`;
  const ascii = Array.from(bytes, (byte) => (isPrintable(byte) ? String.fromCharCode(byte) : '.')).join('');
  return `${offset.toString(16).padStart(8, '0')}  ${hex}  |${ascii}|`;
}

/** At most `limit` bytes as text; what is not printable ASCII becomes `\xNN`, what is cut off becomes `...`. */
export function preview(bytes: Buffer, limit = 60): string {
  const shown = Array.from(bytes.subarray(0, limit), previewByte).join('');
  return bytes.length > limit ? `${shown}...` : shown;
}

function previewByte(byte: number): string {
  if (isPrintable(byte) && byte !== 0x5c) return String.fromCharCode(byte);
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}
