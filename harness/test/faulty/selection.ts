/**
 * Which checks are run against a wrong server: those that its entry names and some that must pass, or all of its protocol.
 *
 * Pure: the seed decides.
 */
import { checksFor } from '../../checks/catalogue.ts';
import type { Check } from '../../checks/check.ts';
import { deriveSeed, seededRandom } from '../../checks/random.ts';
import { type FaultyServer, idOf } from './entry.ts';

/** Checks that the entry does not name, and which the server therefore has to pass. */
const OTHERS = 10;
/** Where nearly everything may fail, as many say as much as all. */
const MOST_FREE = 10;

/** How the checks of one server are chosen; the same seed chooses the same. */
export type Selection = (server: FaultyServer, seed: number) => Check[];

export const everyCheck: Selection = ({ suite }) => checksFor(suite);

/**
 * Some checks, each against every server that it applies to: what a new one fails, and what a changed one no longer does. A server that
 * is never ready is shown to be that first: nothing else is judged of it then.
 */
export const onlyChecks =
  (ids: readonly string[]): Selection =>
  (server) => {
    const chosen = withIds(server, ids);
    const neverReady = server.mustFail.filter((id) => id.startsWith('ready.'));
    return chosen.length === 0 ? [] : withIds(server, [...ids, ...neverReady]);
  };

/**
 * All of `mustFail`, of `mayFail` as many as ten, and ten others. A correct server has to pass every check, so it gets all of the
 * quick tier; so does one whose fault a check sees at the end of every server's life, on whichever server the fault showed.
 */
export const namedChecksAndOthers: Selection = (server, seed) => {
  const { mustFail, mayFail } = server;
  const quick = checksFor(server.suite).filter(({ tier }) => tier !== 'full');
  const seenAtTheEnd = quick.some((check) => check.atTeardown && mustFail.includes(check.id));
  if (mustFail.length === 0 || seenAtTheEnd) return quick;
  const shuffled = seededRandom(deriveSeed(seed, idOf(server))).shuffle(quick.map(({ id }) => id));
  const free = shuffled.filter((id) => mayFail.includes(id)).slice(0, MOST_FREE);
  const others = shuffled.filter((id) => !mustFail.includes(id) && !mayFail.includes(id)).slice(0, OTHERS);
  return withIds(server, [...mustFail, ...free, ...others]);
};

/** `first` and three others: enough to see that the machinery works, in a test that runs often. */
export const firstCheckAndThree: Selection = (server, seed) => {
  const named = [...server.mustFail, ...server.mayFail];
  const others = namedChecksAndOthers(server, seed).filter(({ id }) => !named.includes(id));
  return withIds(server, [...server.mustFail.slice(0, 1), ...others.slice(0, 3).map(({ id }) => id)]);
};

function withIds({ suite }: FaultyServer, ids: readonly string[]): Check[] {
  return checksFor(suite).filter(({ id }) => ids.includes(id));
}
