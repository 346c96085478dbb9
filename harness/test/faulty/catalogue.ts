/**
 * All deliberately wrong (and unusual but correct) servers, and how each is started. ../faulty-table.test.ts holds the tables to
 * account.
 */
import { join } from 'node:path';
import process from 'node:process';
import { COMPILE_CACHE_ENV, ROOT, type ServerSpec } from '../../servers.ts';
import type { FaultyServer } from './entry.ts';
import { connections } from './tables/connections.ts';
import { datagrams } from './tables/datagrams.ts';
import { frames } from './tables/frames.ts';
import { lifecycle } from './tables/lifecycle.ts';
import { unusual } from './tables/unusual.ts';

export const faultyServers: readonly FaultyServer[] = [
  ...unusual,
  ...lifecycle,
  ...connections,
  ...frames,
  ...datagrams,
];

const FOLDER = import.meta.dirname;
const BUILT = join(ROOT, 'build', 'faulty');

/** UBSan goes on after a report, so that the report alone is the failure. Little freed memory is held back: checks of memory mean the server. */
const SANITIZER_ENV = {
  ASAN_OPTIONS: 'exitcode=97:detect_leaks=0:quarantine_size_mb=16',
  UBSAN_OPTIONS: 'halt_on_error=0',
};

/** How to start one of them. */
export function specOf({ name, language, suite }: FaultyServer): ServerSpec {
  const spec = { name: `faulty/${language}/${name}`, protocol: suite, track: 'command' } as const;
  const file = join(BUILT, name);
  return language === 'c'
    ? { ...spec, argv: [file], env: SANITIZER_ENV, built: { file, make: 'make -C harness/test/faulty' } }
    : { ...spec, argv: [process.execPath, join(FOLDER, 'ts', `${name}.ts`)], env: COMPILE_CACHE_ENV };
}
