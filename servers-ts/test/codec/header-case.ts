// Cases for wire/frame, the encoders: u32 length, u8 type, u8 flags, u16 id, u32 number, u16 code. The outcome: the
// header, the frame with the number, the ERROR with the code, as hex digits, and the code's name. A header that was
// encoded must decode to itself, and to nothing while it is not whole.
//
// Mirrors servers-c/test/codec/header_case.c.

import * as frame from '../../wire/frame.ts';
import type { Script } from './script.ts';

const LARGEST_U32 = 0xffffffff;

function decodesTo(bytes: Buffer, expected: frame.Header): boolean {
  const decoded = frame.newHeader();
  const outcome = frame.decode(bytes, 0, frame.HEADER_BYTES, LARGEST_U32, decoded);
  const isSame = Object.entries(expected).every(
    ([name, value]) => decoded[name as keyof frame.Header] === value,
  );
  return isSame && outcome === (expected.flags === 0 ? frame.COMPLETE : frame.ERROR);
}

/** Nothing is decided before the header is whole. */
function isPartialBefore(bytes: Buffer): boolean {
  const lengths = Array.from({ length: frame.HEADER_BYTES }, (_, length) => length);
  return lengths.every((length) => frame.decode(bytes, 0, length, 0, frame.newHeader()) === frame.PARTIAL);
}

export function headerCase(script: Script): string {
  const [length, type, flags, id] = [script.u32(), script.u8(), script.u8(), script.u16()];
  const [number, code] = [script.u32(), script.u16()];
  const bytes = Buffer.alloc(frame.HEADER_BYTES);
  const numberFrame = Buffer.alloc(frame.NUMBER_FRAME_BYTES);
  const errorFrame = Buffer.alloc(frame.ERROR_FRAME_BYTES);
  frame.encode(bytes, 0, length, type, flags, id);
  const numberLength = frame.encodeNumber(numberFrame, 0, type, id, number);
  const errorLength = frame.encodeError(errorFrame, 0, code, id);
  const hex = [
    bytes.toString('hex'),
    numberFrame.toString('hex', 0, numberLength),
    errorFrame.toString('hex', 0, errorLength),
  ];
  const header = { length, type, flags, id, code: flags === 0 ? 0 : frame.CODE_BAD_FLAGS };
  let fault = decodesTo(bytes, header) ? '' : ' fault(decodes-to-another-header)';
  if (!isPartialBefore(bytes)) fault += ' fault(decides-too-soon)';
  return ` ${hex.join(' ')} ${frame.codeName(code)}${fault}`;
}
