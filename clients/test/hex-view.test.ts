/** The hex view and the preview, line by line. */
import { describe, expect, it } from 'vitest';
import { hexView, preview } from '../hex-view.ts';

describe('hexView', () => {
  it('shows offset, bytes in two groups of eight, and ASCII', () => {
    expect(hexView(Buffer.from('The quick brown\n'))).toBe(
      '00000000  54 68 65 20 71 75 69 63  6b 20 62 72 6f 77 6e 0a  |The quick brown.|',
    );
  });

  it('keeps the columns of a short last line, and counts offsets from where it is told', () => {
    expect(hexView(Buffer.from('0123456789abcdefgh\xff', 'latin1'), 0x100)).toBe(
      [
        '00000100  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|',
        '00000110  67 68 ff                                          |gh.|',
      ].join('\n'),
    );
  });

  it('is empty for no bytes', () => {
    expect(hexView(Buffer.alloc(0))).toBe('');
  });
});

describe('preview', () => {
  it('escapes what is not printable ASCII, the backslash too', () => {
    expect(preview(Buffer.from('a\\b\n\x1b[31m\xff', 'latin1'))).toBe('a\\x5cb\\x0a\\x1b[31m\\xff');
  });

  it('says that it was cut', () => {
    expect(preview(Buffer.from('abcdef'), 4)).toBe('abcd...');
    expect(preview(Buffer.from('abcd'), 4)).toBe('abcd');
  });
});
