import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppendLog } from '../append-log.ts';
import { ExitCode } from '../exit-codes.ts';
import { revision } from '../revision.ts';

const entry = z.object({ pass: z.int() });
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'append-log-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a log of results', () => {
  const open = (options = {}) => new AppendLog(join(folder, 'results', 'log.jsonl'), entry, options);
  const text = (): string => readFileSync(join(folder, 'results', 'log.jsonl'), 'utf8');

  it('is empty where there is no file, and makes none before the first entry', () => {
    expect(open().entries).toEqual([]);
    expect(text).toThrow('ENOENT');
  });

  it('has every entry in the file as soon as it was appended, a line each', () => {
    const log = open();
    log.append({ pass: 1 });
    log.append({ pass: 2 });
    expect(text()).toBe('{"pass":1}\n{"pass":2}\n');
    expect(log.entries).toEqual([{ pass: 1 }, { pass: 2 }]);
  });

  it('goes on where an earlier run ended', () => {
    open().append({ pass: 1 });
    const log = open();
    log.append({ pass: 2 });
    expect(log.entries).toEqual([{ pass: 1 }, { pass: 2 }]);
    expect(text()).toBe('{"pass":1}\n{"pass":2}\n');
  });

  it('begins anew when told to', () => {
    open().append({ pass: 1 });
    expect(open({ fresh: true }).entries).toEqual([]);
    expect(text).toThrow('ENOENT');
  });

  it('removes what a crash left of a line, wherever it was cut', () => {
    open().append({ pass: 1 });
    const last = '{"pass":23}';
    for (let length = 0; length <= last.length; length++) {
      appendFileSync(join(folder, 'results', 'log.jsonl'), last.slice(0, length));
      expect(open().entries).toEqual([{ pass: 1 }]);
      expect(text()).toBe('{"pass":1}\n');
    }
  });

  it.each(['{"pass":"many"}', '{"pass":1', 'noise', ''])('refuses the line %j, and says where', (line) => {
    open().append({ pass: 1 });
    appendFileSync(join(folder, 'results', 'log.jsonl'), `${line}\n{"pass":3}\n`);
    expect(open).toThrow(
      expect.objectContaining({ message: expect.stringContaining('line 2'), exitCode: ExitCode.badData }),
    );
  });

  it('refuses a place that cannot be written', () => {
    writeFileSync(join(folder, 'results'), 'a file, no folder');
    expect(open).toThrow('cannot read');
  });
});

describe('the revision', () => {
  const git = (...words: string[]): void => {
    const identity = ['-c', 'user.name=A Tester', '-c', 'user.email=tester@example.org'];
    execFileSync('git', [...identity, ...words], { cwd: folder, stdio: 'ignore' });
  };

  beforeEach(() => {
    git('init');
    writeFileSync(join(folder, 'server.c'), 'int main(void) { return 0; }\n');
    git('add', '.');
    git('commit', '-m', 'Begin');
  });

  it('is the commit where nothing was changed', () => {
    expect(revision(folder)).toMatch(/^[0-9a-f]{12}$/);
  });

  it('differs between two changes, and is the same for the same change', () => {
    const states = ['1', '2', '1'].map((code) => {
      writeFileSync(join(folder, 'server.c'), `int main(void) { return ${code}; }\n`);
      return revision(folder);
    });
    expect(states[0]).toMatch(/^[0-9a-f]{12}\+[0-9a-f]{8}$/);
    expect(states[1]).not.toBe(states[0]);
    expect(states[2]).toBe(states[0]);
  });

  it('differs when a file was added that git does not know', () => {
    const before = revision(folder);
    writeFileSync(join(folder, 'new.c'), '');
    expect(revision(folder)).not.toBe(before);
  });

  it('does not stumble over a link to a folder', () => {
    symlinkSync(tmpdir(), join(folder, 'modules'));
    expect(revision(folder)).toMatch(/^[0-9a-f]{12}\+[0-9a-f]{8}$/);
  });

  it('is unknown outside of a repository', () => {
    rmSync(join(folder, '.git'), { recursive: true });
    expect(revision(folder)).toBe('unknown');
  });
});
