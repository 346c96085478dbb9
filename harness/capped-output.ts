/**
 * What a program wrote, bounded: the first bytes, the last bytes, and how many there were in all.
 *
 * A program that floods its output must not fill the memory of the harness that reads it.
 */

export class CappedOutput {
  readonly #headLimit: number;
  readonly #tailLimit: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  /** Bytes seen in all, kept or not. */
  totalBytes = 0;

  constructor(headLimit: number, tailLimit: number) {
    this.#headLimit = headLimit;
    this.#tailLimit = tailLimit;
  }

  push(chunk: Buffer): void {
    this.totalBytes += chunk.length;
    const room = Math.min(this.#headLimit - this.#headBytes, chunk.length);
    if (room > 0) {
      this.#head.push(chunk.subarray(0, room));
      this.#headBytes += room;
    }
    if (room < chunk.length) this.#pushTail(chunk.subarray(Math.max(room, 0)));
  }

  /** The kept text; where bytes were dropped, a line says how many. */
  text(): string {
    const tail = Buffer.concat(this.#tail).subarray(-this.#tailLimit || undefined);
    const dropped = this.totalBytes - this.#headBytes - tail.length;
    const gap = dropped > 0 ? `\n[... ${dropped} bytes not kept ...]\n` : '';
    return Buffer.concat(this.#head).toString() + gap + tail.toString();
  }

  #pushTail(chunk: Buffer): void {
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    let first = this.#tail[0];
    while (first && this.#tailBytes - first.length >= this.#tailLimit) {
      this.#tail.shift();
      this.#tailBytes -= first.length;
      first = this.#tail[0];
    }
  }
}
