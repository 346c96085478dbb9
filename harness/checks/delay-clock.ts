/**
 * A DELAY as a clock: what should come soon has to come before the reply to a long DELAY of the same server, on the same machine.
 *
 * No time is measured. A slow machine gets longer clocks, one after the other, and fails nobody.
 */
const CLOCKS_MS = [1000, 2000, 4000, 8000] as const;

export const LONGEST_CLOCK_MS = Math.max(...CLOCKS_MS);
/** For the sentence that says how a check works. */
export const CLOCK_SECONDS = CLOCKS_MS.map((ms) => ms / 1000).join(', ');

/** Whether `attempt` was before its clock, with any of them. */
export async function inTime(attempt: (clockMs: number) => Promise<boolean>): Promise<boolean> {
  for (const clockMs of CLOCKS_MS) if (await attempt(clockMs)) return true;
  return false;
}
