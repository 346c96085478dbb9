/**
 * The vectors as cases for the codecs: where every search begins, and what libFuzzer starts from.
 */
import { readCodecVectors, readFramedVectors } from '../vectors/read.ts';
import { MODULES, type Module } from './expected.ts';

export interface KnownCase {
  name: string;
  bytes: Buffer;
}

/** All of framed.txt, in one piece (the codecs cut by themselves), and of codec.txt. */
export function knownCases(): KnownCase[] {
  return [...readFramedVectors().map(frameCase), ...readCodecVectors().map(moduleCase)];
}

function frameCase({
  name,
  maxFrameSize,
  bytes,
}: {
  name: string;
  maxFrameSize: number;
  bytes: Buffer;
}): KnownCase {
  const head = Buffer.alloc(6);
  head.writeUInt8(MODULES.indexOf('frame'), 0);
  head.writeUInt32BE(maxFrameSize, 1);
  return { name, bytes: Buffer.concat([head, bytes]) };
}

function moduleCase({ name, module, bytes }: { name: string; module: string; bytes: Buffer }): KnownCase {
  const number = MODULES.indexOf(module as Module);
  if (number < 0) throw new Error(`codec.txt: ${name}: there is no module ${module}`);
  return { name, bytes: Buffer.concat([Buffer.of(number), bytes]) };
}
