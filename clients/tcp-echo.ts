/**
 * The client's side of TCP echo (RFC 862): what was sent must come back, byte for byte and in order.
 *
 * A message is what one write sends; TCP may bring it back in any pieces. A message is answered when its last byte is.
 * Deliberately no framing: there is none on the wire, the client only remembers what it sent.
 */
import { ClientError, EXIT, firstDifference, wrongReply } from './errors.ts';
import { elapsedMs } from './latency.ts';
import type { ReplyListener } from './reply.ts';
import { countReplies, type Dialogue } from './session.ts';

type Outstanding = { readonly bytes: Buffer; readonly sentNs: bigint; echoed: number };

/** Remembers the messages under way and compares what comes back with them. */
export class TcpEchoDialogue implements Dialogue<Buffer> {
  readonly allowedSilenceMs = 0;
  readonly #outstanding: Outstanding[] = [];
  readonly #onReply: ReplyListener;
  #received = 0;

  constructor(onReply: ReplyListener) {
    this.#onReply = onReply;
  }

  get owed(): number {
    return this.#outstanding.length;
  }

  send(message: Buffer): Buffer {
    this.#outstanding.push({ bytes: message, sentNs: process.hrtime.bigint(), echoed: 0 });
    return message;
  }

  receive(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const first = this.#outstanding[0];
      if (first === undefined)
        throw wrongReply(this.#received, `${chunk.length - at} bytes that were not sent`);
      at += this.#compare(first, chunk.subarray(at));
      if (first.echoed < first.bytes.length) break;
      this.#outstanding.shift();
      this.#complete(first);
    }
  }

  finish(): void {
    if (this.owed === 0) return;
    throw new ClientError(
      `the server closed after ${this.#received} bytes, still awaited: ${countReplies(this.owed)}`,
      EXIT.wrongReply,
    );
  }

  #compare(message: Outstanding, bytes: Buffer): number {
    const length = Math.min(bytes.length, message.bytes.length - message.echoed);
    const expected = message.bytes.subarray(message.echoed, message.echoed + length);
    const actual = bytes.subarray(0, length);
    if (!actual.equals(expected)) throw firstDifference(expected, actual, this.#received);
    message.echoed += length;
    this.#received += length;
    return length;
  }

  #complete(message: Outstanding): void {
    this.#onReply({
      offset: this.#received - message.bytes.length,
      payload: message.bytes,
      latencyMs: elapsedMs(message.sentNs),
    });
  }
}
