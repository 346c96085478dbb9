import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diskTrouble } from '../disk-trouble.ts';

function errorOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it went well');
}

describe('the trouble with a disk is told in one line', () => {
  it('names the file that nobody may write', () => {
    const error = errorOf(() => writeFileSync('/sys/report.xml', ''));
    expect(diskTrouble(error)).toBe(
      'cannot write /sys/report.xml: permission denied: whose is it, and may you write there?',
    );
  });

  it('asks for room on a full disk', () => {
    const full = openSync('/dev/full', 'w');
    const error = errorOf(() => writeSync(full, 'x'));
    closeSync(full);
    expect(diskTrouble(error)).toBe('the disk is full: make room and run it again');
  });

  it('knows what Node makes of a folder on a read-only disk', () => {
    const error = Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'mkdir', path: '/cd/build' });
    expect(diskTrouble(error)).toContain('cannot write /cd/build: the file system is read-only');
  });

  it('is not what a missing file is, nor a fault of the program', () => {
    expect(diskTrouble(errorOf(() => readFileSync('/no/such/file')))).toBeUndefined();
    expect(diskTrouble(new TypeError('x is undefined'))).toBeUndefined();
    expect(diskTrouble('a word')).toBeUndefined();
  });
});
