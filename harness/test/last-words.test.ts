import { describe, expect, it } from 'vitest';
import { lastWords } from '../checks/last-words.ts';

const many = (word: string, count: number): string =>
  Array.from({ length: count }, (_, line) => `${word} ${line}\n`).join('');

describe('the last words of a server', () => {
  it('are its last 12 lines', () => {
    expect(lastWords(many('line', 30))).toBe(many('line', 30).split('\n').slice(18, 30).join('\n'));
    expect(lastWords('one\n\n')).toBe('one');
    expect(lastWords('')).toBe('');
  });

  it.each([
    '==9==ERROR: AddressSanitizer: stack-buffer-overflow on address 0x7f',
    '==9==ERROR: LeakSanitizer: detected memory leaks',
    'WARNING: ThreadSanitizer: data race (pid=9)',
    'c/server.c:10:5: runtime error: left shift of 1 by 40 places',
  ])('are the 12 lines from the beginning of a report: %s', (line) => {
    const shown = lastWords(`${many('before', 20)}${line}\n${many('frame', 11)}${many('legend', 30)}`);
    expect(shown).toBe(`${line}\n${many('frame', 11).trimEnd()}`);
  });
});
