/**
 * The two codecs of this repository as programs that answer cases.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { ROOT } from '../servers.ts';
import { CodecProcess } from './codec-process.ts';

/** A target of servers-c/Makefile; `overrides` are variables of make. @throws {Refusal} with what make said */
export function makeInC(directory: string, target: string, ...overrides: string[]): void {
  const args = ['--silent', '--no-print-directory', '-C', directory, target, ...overrides];
  const { status, stderr, error } = spawnSync('make', args, { encoding: 'utf8' });
  if (status !== 0)
    throw new Refusal(
      `cannot build ${target} in ${directory}: ${error?.message ?? stderr}`,
      ExitCode.unavailable,
    );
}

/** The TypeScript codec below `root`, a copy of this repository or itself. */
export function typescriptCodec(root = ROOT): CodecProcess {
  return new CodecProcess('TypeScript', [process.execPath, join(root, 'servers-ts/test/codec/driver.ts')]);
}

/** The C codec below `root` under ASan and UBSan; builds it. */
export function cCodec(root = ROOT): CodecProcess {
  makeInC(join(root, 'servers-c'), 'codec');
  return new CodecProcess('C', [join(root, 'build/test/codec')]);
}
