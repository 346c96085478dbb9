/**
 * Runs of the load engine that must fail, for the tests of its wrong servers: what the failure says is theirs to look at.
 */
import { closedLoop, LoadFailure } from '../native/engine.ts';
import type { ClosedLoop, Target } from '../native/load.ts';
import { type Answer, same } from './engine-servers.ts';

export const MESSAGE_BYTES = 64;
export const FOREVER = { durationMs: 60_000 };

/** Runs until the failure that must come. */
export async function failureOf(options: ClosedLoop): Promise<LoadFailure> {
  const failure = await closedLoop(options).result.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(failure instanceof LoadFailure)) throw new Error(`no LoadFailure but ${failure}`);
  return failure;
}

/** An echo that treats the records from `from` on in another way. */
export function until(from: number, wrong: Answer, right: Answer = same): Answer {
  return (...record) => (record[1] < from ? right(...record) : wrong(...record));
}

/** Answers record n together with n + 1, in the wrong order; all others as they come. */
export function swapping(n: number, right: Answer): Answer {
  let held: readonly Buffer[] = [];
  return (record, index, ...rest) => {
    const replies = right(record, index, ...rest);
    if (index === n) {
      held = replies.map((reply) => Buffer.from(reply));
      return [];
    }
    return index === n + 1 ? [...replies, ...held] : replies;
  };
}

/** Nobody listens there, and the kernel gives the port to nobody: one that was just closed may be another test's by now. */
export const NOBODY: Target = { host: '127.0.0.1', port: 1 };
