/**
 * Adds the likely cause to failures that do not name one: what a student should look at first in this check.
 *
 * A connection that ends early or a deadline knows what came, not why. The check knows the usual reason.
 */
import { ServerFault } from '../process.ts';
import { CheckFailure, type FailureFacts } from './check.ts';
import { isDeadline } from './waits.ts';

/** Likely cause in plain words, and the first thing to look at. */
export type Advice = Pick<FailureFacts, 'cause' | 'hint'>;

/** What is likely depends on how it failed: a reply that never comes has another cause than a wrong one. */
export interface AdviceByFailure extends Advice {
  /** Where nothing came at all, instead. */
  whenSilent?: Advice;
  /** Where the server ended the connection, instead. */
  whenEnded?: Advice;
}

/**
 * Runs steps; a CheckFailure among them that carries no cause gets this one, and so does a server
 * that does not become ready. Everything else passes unchanged.
 */
export async function advise<T>(advice: AdviceByFailure, steps: () => Promise<T>): Promise<T> {
  try {
    return await steps();
  } catch (error) {
    if (error instanceof ServerFault)
      throw new CheckFailure({
        expected: 'a server that becomes ready',
        actual: error.seen,
        ...usual(advice),
      });
    if (error instanceof CheckFailure && error.facts.cause === undefined)
      throw new CheckFailure({ ...error.facts, ...adviceOn(error.facts, advice) });
    throw error;
  }
}

function adviceOn(facts: FailureFacts, advice: AdviceByFailure): Advice {
  const { whenSilent, whenEnded } = advice;
  if (whenEnded && /^(the server sent FIN|the connection was reset)/.test(facts.actual)) return whenEnded;
  if (whenSilent && (isDeadline(facts) || facts.actual.endsWith(' after 0 bytes'))) return whenSilent;
  return usual(advice);
}

function usual({ whenSilent, whenEnded, ...advice }: AdviceByFailure): Advice {
  return advice;
}
