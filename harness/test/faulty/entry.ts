/**
 * What is said of a deliberately wrong server: which protocol it speaks, which checks must fail on it, may fail on it, and no
 * others.
 *
 * The tables beside it are data; the comment in each server's file says what its fault is.
 */
import { catalogue, checksFor } from '../../checks/catalogue.ts';
import type { Suite } from '../../servers.ts';

export interface FaultyServer {
  /** Name of the file in c/ or ts/. */
  name: string;
  language: 'c' | 'ts';
  suite: Suite;
  /** Fail in every run, in the order of the catalogue. Empty: the server is correct. */
  mustFail: readonly string[];
  /** Consequences of the same fault that depend on timing, on the size of a buffer, or on a limit of time. Nothing else may fail. */
  mayFail: readonly string[];
  /**
   * The check that a student is shown first, because it stands first in the catalogue; what it says is kept in messages/. Undefined
   * for a correct server.
   */
  first: string | undefined;
  /** Why it is chance whether the first message speaks of FIN or of RST, or of which frame. Undefined: it is not, and the message says which. */
  variesByChance?: string;
  /**
   * Why nothing but a deadline can show the fault: what should come never comes, and nothing else tells. Undefined: at least one
   * check always sees it without waiting in vain.
   */
  silent?: string;
}

type Remarks = Pick<FaultyServer, 'variesByChance' | 'silent'>;
type Entry = [name: string, mustFail: string, mayFail?: string, remarks?: Remarks];

/** How a server is named in files, on the command line and in reports: `c/strips-newline`. */
export function idOf({ language, name }: FaultyServer): string {
  return `${language}/${name}`;
}

/** As `mayFail` of a server that nobody can speak with: every other check of its protocol. */
export const EVERYTHING_ELSE = '*';

/** Entries of one language and protocol. Ids are written in one string, separated by spaces, in any order. */
export function entries(language: 'c' | 'ts', suite: Suite, list: readonly Entry[]): FaultyServer[] {
  return list.map(([name, must, may = '', remarks = {}]) => {
    const mustFail = idsIn(must, suite);
    const mayFail = idsIn(may, suite).filter((id) => !mustFail.includes(id));
    return { name, language, suite, mustFail, mayFail, first: mustFail[0], ...remarks };
  });
}

/** In the order of the catalogue; an id that it does not know stays, at the end, for the test of the tables to report. */
function idsIn(text: string, suite: Suite): string[] {
  if (text === EVERYTHING_ELSE) return checksFor(suite).map(({ id }) => id);
  const ids = text.split(' ').filter((id) => id !== '');
  const place = (id: string): number => (PLACES.has(id) ? (PLACES.get(id) as number) : PLACES.size);
  return ids.sort((a, b) => place(a) - place(b));
}

const PLACES = new Map(catalogue.map(({ id }, index) => [id, index]));
