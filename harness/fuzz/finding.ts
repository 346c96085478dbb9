/**
 * Tells a disagreement: who said what, and the line of harness/vectors/ that keeps it from coming back.
 *
 * The outcome in that line is the document's; that it is right is for a person to check.
 */
import { createHash } from 'node:crypto';
import type { Disagreement } from './differential.ts';
import { moduleOf } from './expected.ts';
import { eventsOf } from './expected-frames.ts';
import { Numbers } from './numbers.ts';

/** What a reader of the vectors holds of a line, the newline included. */
const LONGEST_LINE = 8191;

/** Several lines for a person. */
export function tell(disagreement: Disagreement): string {
  const { bytes, outcomes } = disagreement;
  const width = Math.max(...[...outcomes.keys()].map((name) => name.length));
  const said = [...outcomes].map(([name, outcome]) => `  ${name.padEnd(width)}  ${outcome || '(nothing)'}`);
  const { file, line } = vectorLine(disagreement);
  return [
    `a case for ${moduleOf(bytes)} on which they do not agree: ${bytes.toString('hex')}`,
    ...said,
    `Check the document's outcome by hand, give the line a name that says the defect, and add it to ${file}:`,
    line.length > LONGEST_LINE ? `(too long: shorten it with tokens like 61*100)\n${line}` : line,
  ].join('\n');
}

/** The vector that a case becomes, and the file for it. */
export function vectorLine({ bytes, outcomes }: Disagreement): { file: string; line: string } {
  const module = moduleOf(bytes);
  const name = `found-${createHash('sha256').update(bytes).digest('hex').slice(0, 8)}`;
  if (module !== 'frame') {
    const [expected = ''] = outcomes.values();
    const input = bytes.subarray(1).toString('hex');
    return { file: 'harness/vectors/codec.txt', line: joined(name, module, input, expected) };
  }
  const numbers = new Numbers(bytes.subarray(1));
  const maxFrameSize = numbers.u32();
  for (let pieces = numbers.u8(); pieces > 0; pieces--) numbers.u16();
  const stream = numbers.rest();
  const events = eventsOf(stream, maxFrameSize).join(' ');
  return {
    file: 'harness/vectors/framed.txt',
    line: joined(name, String(maxFrameSize), stream.toString('hex'), events),
  };
}

/** The fields of a line; an empty one is `-`. */
function joined(...fields: string[]): string {
  return fields.map((field) => field || '-').join(' | ');
}
