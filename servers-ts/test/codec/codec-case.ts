// Test cases for the modules of wire/, as bytes: what is put in, and what comes out as one line of text. Its C
// counterpart must print the same line for the same bytes; harness/fuzz holds the two against each other and against
// the document.
//
// What a module must keep whatever comes in is checked here and written as `fault(WHAT)`: the other side never says so.
// The first byte chooses the module. Mirrors servers-c/test/codec/codec_case.h.

import { cursorCase } from './cursor-case.ts';
import { delaysCase } from './delays-case.ts';
import { frameCase } from './frame-case.ts';
import { headerCase } from './header-case.ts';
import { repliesCase } from './replies-case.ts';
import { Script } from './script.ts';

const CASES = [frameCase, headerCase, repliesCase, delaysCase, cursorCase];

/** The outcome of a case: words, each after a space. */
export function codecCase(bytes: Buffer): string {
  const script = new Script(bytes);
  const run = CASES[script.u8() % CASES.length] ?? frameCase;
  return run(script);
}
