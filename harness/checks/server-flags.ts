/**
 * Values of flags that checks of several files give to a server, and what every server of a check is given.
 */
import type { Flags } from '../process.ts';
import type { Suite } from '../servers.ts';

/** The longest time that docs/contract.md section 1 allows, far longer than any check: what ends in a check must not end by this limit. */
export const NEVER_MS = 86_400_000;

/**
 * What a check asks for, on top of what all of them need. The default of --frame-timeout-ms is as long as the deadline of a check:
 * where a check waits on half a frame, chance would decide which of the two ends the wait.
 */
export function serverFlags(suite: Suite, flags: Flags): Flags {
  return suite === 'framed' ? { 'frame-timeout-ms': NEVER_MS, ...flags } : flags;
}
