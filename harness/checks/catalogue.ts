/**
 * All checks, in the order in which they are listed. A new file of checks is added here and nowhere else.
 */
import type { Suite } from '../servers.ts';
import type { Check } from './check.ts';
import { teardownChecks } from './teardown.ts';

export const catalogue: readonly Check[] = [...teardownChecks];

/** The checks that apply to a suite. */
export function checksFor(suite: Suite): Check[] {
  return catalogue.filter((check) => check.suites.includes(suite));
}
