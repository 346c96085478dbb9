/**
 * Adds the likely cause to failures that do not name one: what a student should look at first in this check.
 *
 * A connection that ends early or a deadline knows what came, not why. The check knows the usual reason.
 */
import { ServerFault } from '../process.ts';
import { CheckFailure, type FailureFacts } from './check.ts';

/** Likely cause in plain words, and the first thing to look at. */
export type Advice = Pick<FailureFacts, 'cause' | 'hint'>;

/**
 * Runs steps; a CheckFailure among them that carries no cause gets this one, and so does a server
 * that does not become ready. Everything else passes unchanged.
 */
export async function advise<T>(advice: Advice, steps: () => Promise<T>): Promise<T> {
  try {
    return await steps();
  } catch (error) {
    if (error instanceof ServerFault)
      throw new CheckFailure({ expected: 'a server that becomes ready', actual: error.seen, ...advice });
    if (error instanceof CheckFailure && error.facts.cause === undefined)
      throw new CheckFailure({ ...error.facts, ...advice });
    throw error;
  }
}
