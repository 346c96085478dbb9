/**
 * A seeded generator for payloads and choices: the same seed gives the same values on every machine. Not for
 * secrets.
 */
import { createHash } from 'node:crypto';
import type { Random } from './context.ts';

const ASCII_ZERO = 0x30;

/** sfc32 (Chris Doty-Humphrey): small, fast, and passes PractRand. */
export function seededRandom(seed: number): Random {
  const next = sfc32(seed);
  const integer = (min: number, max: number): number =>
    min + Math.floor((next() / 2 ** 32) * (max - min + 1));
  return {
    integer,
    bytes(length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let i = 0; i < length; i++) bytes[i] = next() >>> 24;
      return bytes;
    },
    digits(length) {
      const digits = this.bytes(length);
      for (let i = 0; i < length; i++) digits[i] = ASCII_ZERO + ((digits[i] ?? 0) % 10);
      return digits;
    },
    shuffle(items) {
      const result = [...items];
      for (let i = result.length - 1; i > 0; i--) {
        const j = integer(0, i);
        [result[i], result[j]] = [result[j] as never, result[i] as never];
      }
      return result;
    },
  };
}

/** The seed of one check in a run: the same whether it runs alone or among others. */
export function deriveSeed(seed: number, checkId: string): number {
  return createHash('sha256').update(`${seed} ${checkId}`).digest().readUInt32BE();
}

const WARM_UP_ROUNDS = 15;

function sfc32(seed: number): () => number {
  let a = 0;
  let b = seed | 0;
  let c = 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) next();
  return next;
}
