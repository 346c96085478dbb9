/**
 * In-order replies of one connection of the TypeScript base: a GENERATE is produced piece by piece, and what follows waits behind it.
 * `c/replies.c` is its twin.
 */
import { frame } from './frames.ts';

interface Generate {
  id: number;
  left: number;
  made: number;
}

const END = 0x01;
const GENERATE_FRAME_BYTES = 65_536;
const PERIOD = 251;
/** What a queued reply costs beside its bytes, on the safe side. */
const OVERHEAD_BYTES = 256;

export class Replies {
  /** Of what is queued; a GENERATE counts by its overhead alone. */
  bytes = 0;
  readonly #largestFrame: number;
  readonly #patternByte: (k: number) => number;
  /** The first one is a GENERATE. */
  #queue: (Buffer | Generate)[] = [];

  /** @param patternByte byte k of a GENERATE, where it is not the right one */
  constructor(maxFrameSize: number, patternByte = (k: number): number => k % PERIOD) {
    this.#largestFrame = Math.min(GENERATE_FRAME_BYTES, maxFrameSize);
    this.#patternByte = patternByte;
  }

  get count(): number {
    return this.#queue.length;
  }

  push(reply: Buffer): void {
    this.#queue.push(reply);
    this.bytes += reply.length + OVERHEAD_BYTES;
  }

  generate(id: number, count: number): void {
    this.#queue.push({ id, left: count, made: 0 });
    this.bytes += OVERHEAD_BYTES;
  }

  /** The next frame; undefined when nothing is queued. */
  next(): Buffer | undefined {
    const first = this.#queue[0];
    if (!first) return undefined;
    const bytes = 'left' in first ? this.#nextPiece(first) : first;
    if (!('left' in first && first.left > 0)) {
      this.#queue.shift();
      this.bytes -= OVERHEAD_BYTES + ('left' in first ? 0 : first.length);
    }
    return bytes;
  }

  drop(): void {
    this.#queue = [];
    this.bytes = 0;
  }

  #nextPiece(generate: Generate): Buffer {
    const length = Math.min(generate.left, this.#largestFrame);
    const payload = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) payload[i] = this.#patternByte(generate.made + i);
    generate.left -= length;
    generate.made += length;
    return frame(0x83, generate.id, payload, generate.left === 0 ? END : 0);
  }
}
