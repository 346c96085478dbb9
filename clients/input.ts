/**
 * Where requests come from: words of the command line, messages of a given size, or stdin.
 *
 * Deliberately pull-driven: the next piece of stdin is read when the window has room, so a slow server slows the input
 * down instead of filling memory.
 */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The same items in order, `count` times over. */
export async function* repeat<Item>(items: readonly Item[], count: number): AsyncGenerator<Item, void> {
  for (let round = 0; round < count; round++) yield* items;
}

/** `count` messages of `size` bytes; each differs from its neighbours, so that a swapped reply is seen. */
export async function* patternMessages(size: number, count: number): AsyncGenerator<Buffer, void> {
  for (let number = 0; number < count; number++) yield patternMessage(size, number);
}

/** The message number as far as it fits (little-endian, 4 bytes), then bytes that depend on number and position. */
function patternMessage(size: number, number: number): Buffer {
  const message = Buffer.allocUnsafe(size);
  for (let k = 0; k < size; k++) message[k] = k < 4 ? (number >>> (8 * k)) & 0xff : (number + k) % 251;
  return message;
}

/** Pieces of a stream as they come. */
export async function* readPieces(stream: Readable): AsyncGenerator<Buffer, void> {
  for await (const piece of stream) yield piece as Buffer;
}

/** Lines of a stream without their ends; CRLF counts as one end. */
export async function* readLines(stream: Readable): AsyncGenerator<string, void> {
  yield* createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
}

/** The items that `parse` finds in each line. */
export async function* parseLines<Item>(
  stream: Readable,
  parse: (line: string) => readonly Item[],
): AsyncGenerator<Item, void> {
  for await (const line of readLines(stream)) yield* parse(line);
}
