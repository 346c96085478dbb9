/**
 * What must come out of a case for the codecs, worked out from docs/protocol.md over the whole input at once: the third
 * opinion, which says who is wrong when two codecs disagree, and that both are when they agree.
 *
 * No state, no cuts, no code of a server. How the bytes of a case are laid out stands in servers-c/test/codec/.
 */
import { expectedCursor } from './expected-cursor.ts';
import { expectedFrames, expectedHeader } from './expected-frames.ts';
import { expectedDelays, expectedReplies } from './expected-queues.ts';
import { Numbers } from './numbers.ts';

/** The modules of wire/ that cases are for, in the order of the byte that chooses one. */
export const MODULES = ['frame', 'header', 'replies', 'delays', 'cursor'] as const;
export type Module = (typeof MODULES)[number];

const EXPECTED: Readonly<Record<Module, (numbers: Numbers) => string[]>> = {
  frame: expectedFrames,
  header: expectedHeader,
  replies: expectedReplies,
  delays: expectedDelays,
  cursor: expectedCursor,
};

/** The module that a case is for. */
export function moduleOf(bytes: Buffer): Module {
  return MODULES[(bytes[0] ?? 0) % MODULES.length] ?? 'frame';
}

/** The outcome of a case: words with a space between them. */
export function expectedOutcome(bytes: Buffer): string {
  return EXPECTED[moduleOf(bytes)](new Numbers(bytes.subarray(1))).join(' ');
}
