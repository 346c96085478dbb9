// Cases for wire/frame, the stream: u32 maxFrameSize, u8 count, so many u16 lengths of pieces, and the stream. Behind
// the last piece comes the rest as one more. The outcome has the words of harness/vectors/README.md.
//
// Mirrors servers-c/test/codec/frame_case.c.

import * as cursor from '../../wire/cursor.ts';
import * as frame from '../../wire/frame.ts';
import type { Script } from './script.ts';

/** Byte by byte only up to here: the work is to stay linear. */
const LONGEST_BYTE_BY_BYTE = 4096;

class Run {
  readonly parser: frame.Parser;
  outcome = '';
  inData = false; // a data word is open
  inFrame = false;
  failed = false;
  code = 0;
  id = 0; // of the frame that has begun, or of the error

  constructor(maxFrameSize: number) {
    this.parser = frame.newParser(maxFrameSize);
  }
}

// ---- events ----

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

function closeData(run: Run): void {
  if (run.inData) run.outcome += ')';
  run.inData = false;
}

function writeData(run: Run, event: frame.Event): void {
  if (!run.inData) run.outcome += ' data(';
  run.inData = true;
  const { bytes, start, length } = event;
  run.outcome += Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('hex');
}

function writeError(run: Run, { code, id }: frame.Header): void {
  if (!run.failed) run.outcome += ` error(${code},${hex(id, 4)})`;
  else if (code !== run.code || id !== run.id) run.outcome += ' fault(another-error)';
  run.failed = true;
  run.code = code;
  run.id = id;
}

function writeEvent(run: Run, event: frame.Event): void {
  const { length, type, flags, id } = event.header;
  if (event.kind === frame.EVENT_DATA) {
    writeData(run, event);
    return;
  }
  closeData(run);
  if (event.kind === frame.EVENT_BEGIN) {
    run.outcome += ` begin(${length},${hex(type, 2)},${hex(flags, 2)},${hex(id, 4)})`;
    run.id = id;
    run.inFrame = true;
  } else if (event.kind === frame.EVENT_END) {
    run.outcome += ' end';
    run.inFrame = false;
  } else writeError(run, event.header);
}

// ---- what holds for any bytes ----

function isSlice({ bytes, start, length }: frame.Event, piece: Uint8Array): boolean {
  return bytes === piece && length > 0 && start >= 0 && start + length <= piece.length;
}

function checkEvent(run: Run, event: frame.Event, input: cursor.Cursor, leftBefore: number): void {
  const left = cursor.left(input);
  if (event.kind === frame.EVENT_DATA && !isSlice(event, input.bytes))
    run.outcome += ' fault(no-slice-of-the-input)';
  if (run.failed && (event.kind !== frame.EVENT_ERROR || left !== leftBefore))
    run.outcome += ' fault(goes-on-after-error)';
  if (event.kind === frame.EVENT_NONE && left > 0) run.outcome += ' fault(leaves-input)';
}

function checkEnd(run: Run): void {
  const expected = run.inFrame ? run.id : 0;
  if (frame.partialId(run.parser) !== expected) run.outcome += ' fault(partial-id)';
}

// ---- feeding ----

function feedPiece(run: Run, piece: Uint8Array): void {
  const input = cursor.over(piece);
  for (;;) {
    const leftBefore = cursor.left(input);
    const event = frame.feed(run.parser, input);
    checkEvent(run, event, input, leftBefore);
    if (event.kind === frame.EVENT_NONE) return;
    writeEvent(run, event);
    if (event.kind === frame.EVENT_ERROR) return;
  }
}

/** The outcome of a stream that is cut into pieces of these lengths and the rest. */
function outcomeOf(maxFrameSize: number, stream: Buffer, lengths: readonly number[]): string {
  const run = new Run(maxFrameSize);
  let offset = 0;
  for (const length of lengths) {
    const end = Math.min(offset + length, stream.length);
    feedPiece(run, stream.subarray(offset, end));
    offset = end;
  }
  feedPiece(run, stream.subarray(offset));
  if (run.failed) feedPiece(run, Uint8Array.of(0));
  closeData(run);
  if (frame.isPartial(run.parser)) run.outcome += ' partial';
  checkEnd(run);
  return run.outcome;
}

export function frameCase(script: Script): string {
  const maxFrameSize = script.u32();
  const lengths = Array.from({ length: script.u8() }, () => script.u16());
  const stream = script.rest();
  let outcome = outcomeOf(maxFrameSize, stream, lengths);
  const others = [outcomeOf(maxFrameSize, stream, [])];
  if (stream.length <= LONGEST_BYTE_BY_BYTE)
    others.push(outcomeOf(maxFrameSize, stream, new Array<number>(stream.length).fill(1)));
  const expected = outcome;
  for (const other of others) if (other !== expected) outcome += ` fault(depends-on-cuts:${other})`;
  return outcome;
}
