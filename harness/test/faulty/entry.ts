/**
 * What is said of a deliberately wrong server: which protocol it speaks, which checks must fail on it, may fail on it, and no
 * others.
 *
 * The tables beside it are data; the comment in each server's file says what its fault is.
 */
import { catalogue } from '../../checks/catalogue.ts';
import type { Suite } from '../../servers.ts';

export interface FaultyServer {
  /** Name of the file in c/ or ts/. */
  name: string;
  language: 'c' | 'ts';
  suite: Suite;
  /**
   * Fail in every run, in the order of the checks' catalogue: the first of them is the one that is
   * shown first. Empty: correct.
   */
  mustFail: readonly string[];
  /** Consequences of the same fault that depend on timing, on the size of a buffer, or on a limit of time. */
  mayFail?: readonly string[];
}

type Entry = [name: string, mustFail: string, mayFail?: string];

/** Entries of one language and protocol. Ids are written in one string, separated by spaces. */
export function entries(language: 'c' | 'ts', suite: Suite, list: readonly Entry[]): FaultyServer[] {
  const ids = (text = ''): string[] => text.split(' ').filter((id) => id !== '');
  return list.map(([name, mustFail, mayFail]) => ({
    name,
    language,
    suite,
    mustFail: ids(mustFail),
    mayFail: ids(mayFail).filter((id) => !ids(mustFail).includes(id)),
  }));
}

/** Of a server that nobody can speak with. */
export const EVERYTHING_ELSE = catalogue.map(({ id }) => id).join(' ');
