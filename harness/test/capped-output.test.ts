import { describe, expect, it } from 'vitest';
import { CappedOutput } from '../capped-output.ts';

const DIGITS = Buffer.from('0123456789abcdef');

describe('captured output', () => {
  it('keeps head and tail and says how much is missing, however the chunks are cut', () => {
    for (let size = 1; size <= DIGITS.length; size++) {
      const output = new CappedOutput(4, 3);
      for (let offset = 0; offset < DIGITS.length; offset += size)
        output.push(DIGITS.subarray(offset, offset + size));
      expect(output.text()).toBe('0123\n[... 9 bytes not kept ...]\ndef');
      expect(output.totalBytes).toBe(16);
    }
  });

  it('is kept whole up to the limit, without a gap', () => {
    const output = new CappedOutput(10, 6);
    output.push(DIGITS);
    expect(output.text()).toBe('0123456789abcdef');
  });

  it('can keep the tail alone', () => {
    const output = new CappedOutput(0, 5);
    output.push(DIGITS);
    expect(output.text()).toBe('\n[... 11 bytes not kept ...]\nbcdef');
  });
});
