/**
 * What `npm ci` needs of package-lock.json on any machine.
 *
 * npm writes no entry for an optional package that the registry at hand did not give, and then refuses to install from what it wrote.
 */
import { describe, expect, it } from 'vitest';
import { readFile } from './repository-files.ts';

interface LockEntry {
  optionalDependencies?: Record<string, string>;
  resolved?: string;
}

const { packages } = JSON.parse(readFile('package-lock.json')) as { packages: Record<string, LockEntry> };

/** As Node looks for it: below the package itself, then outwards. */
function isLocked(from: string, name: string): boolean {
  for (let place = from; ; place = place.slice(0, Math.max(0, place.lastIndexOf('node_modules/') - 1))) {
    if (`${place === '' ? '' : `${place}/`}node_modules/${name}` in packages) return true;
    if (place === '') return false;
  }
}

describe('the lock file', () => {
  it('has an entry for each optional package of every platform', () => {
    const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(place, name)),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry', () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});
