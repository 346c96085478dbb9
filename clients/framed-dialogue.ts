/**
 * The client's side of a framed conversation: gives each command an id, remembers what must come back, and finds
 * the first reply that breaks docs/protocol.md.
 *
 * Deliberately gentle after `raw`: whoever sends bytes of his own knows what they ask for, so from then on a reply
 * without a request is shown instead of being called wrong.
 */
import { ClientError, EXIT, wrongReply } from './errors.ts';
import { encodeFrame, FLAG_END, type Frame, ReplyDecoder, TYPE } from './framed.ts';
import type { Command } from './framed-commands.ts';
import { describe, type Outstanding, type Request, verify } from './framed-verify.ts';
import { elapsedMs } from './latency.ts';
import type { ReplyListener } from './reply.ts';
import { countReplies, type Dialogue } from './session.ts';

const LAST_ID = 0xffff;

/** Speaks the framed protocol over a session (session.ts) and reports every frame that comes. */
export class FramedDialogue implements Dialogue<Command> {
  readonly #decoder: ReplyDecoder;
  readonly #onReply: ReplyListener;
  /** ECHO, DISCARD and GENERATE: answered in this order. */
  readonly #inOrder: Outstanding[] = [];
  /** DELAYs by id: answered when due. */
  readonly #delayed = new Map<number, Outstanding>();
  #lastId = 0;
  #rawSent = false;
  #errors = 0;
  #longestDelayMs = 0;

  constructor(onReply: ReplyListener, maxFrameSize: number) {
    this.#onReply = onReply;
    this.#decoder = new ReplyDecoder(maxFrameSize);
  }

  get owed(): number {
    return this.#inOrder.length + this.#delayed.size;
  }

  get allowedSilenceMs(): number {
    return this.#longestDelayMs;
  }

  send(command: Command): Buffer {
    if (command.kind === 'raw') {
      this.#rawSent = true;
      return command.bytes;
    }
    const id = this.#nextId();
    this.#remember({ id, request: command, sentNs: process.hrtime.bigint(), generated: 0 });
    return encodeFrame(command.type, id, command.payload);
  }

  receive(chunk: Buffer): void {
    for (const frame of this.#decoder.push(chunk)) this.#receiveFrame(frame);
  }

  finish(): void {
    const { pendingBytes, offset } = this.#decoder;
    if (pendingBytes > 0) throw wrongReply(offset, `FIN after ${pendingBytes} bytes of a frame`);
    if (this.#rawSent) return;
    if (this.owed > 0) {
      const awaited = `still awaited: ${countReplies(this.owed)}`;
      throw new ClientError(`the server closed after ${offset} bytes, ${awaited}`, EXIT.wrongReply);
    }
    if (this.#errors > 0) {
      const what = this.#errors === 1 ? 'was an ERROR' : 'were ERRORs';
      throw new ClientError(`${countReplies(this.#errors)} ${what}`, EXIT.wrongReply);
    }
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId % LAST_ID) + 1;
    while (this.#delayed.has(this.#lastId));
    return this.#lastId;
  }

  #remember(outstanding: Outstanding): void {
    const { request, id } = outstanding;
    if (request.kind !== 'delay') {
      this.#inOrder.push(outstanding);
      return;
    }
    this.#delayed.set(id, outstanding);
    this.#longestDelayMs = Math.max(this.#longestDelayMs, request.delayMs);
  }

  #receiveFrame(frame: Frame): void {
    const outstanding = this.#requestOf(frame);
    this.#report(frame, outstanding);
    if (frame.type === TYPE.error && frame.id !== 0) this.#errors++;
    if (outstanding === undefined) return;
    if (frame.type !== TYPE.error) verify(frame, outstanding);
    if (frame.type === TYPE.generateReply && (frame.flags & FLAG_END) === 0) return;
    this.#forget(outstanding);
  }

  #requestOf(frame: Frame): Outstanding | undefined {
    const delayed = this.#delayed.get(frame.id);
    if (delayed !== undefined && (frame.type === TYPE.delayReply || frame.type === TYPE.error))
      return delayed;
    const first = this.#inOrder[0];
    if (first !== undefined && first.id === frame.id && answers(frame.type, first.request)) return first;
    if (this.#rawSent || isUnasked(frame)) return undefined;
    throw wrongReply(frame.offset, `${describe(frame)} with id ${frame.id}, ${expectation(first)}`);
  }

  #forget(outstanding: Outstanding): void {
    if (this.#inOrder[0] === outstanding) this.#inOrder.shift();
    else this.#delayed.delete(outstanding.id);
  }

  #report(frame: Frame, outstanding: Outstanding | undefined): void {
    this.#onReply({
      offset: frame.offset,
      id: frame.id,
      kind: describe(frame),
      payload: frame.payload,
      wire: frame.wire,
      ...(outstanding && { latencyMs: elapsedMs(outstanding.sentNs) }),
    });
  }
}

/** GOAWAY and the ERRORs about the connection as a whole (id 0) answer no request. */
function isUnasked(frame: Frame): boolean {
  return frame.id === 0 && (frame.type === TYPE.goaway || frame.type === TYPE.error);
}

function answers(type: number, request: Request): boolean {
  return type === TYPE.error || type === (request.type | 0x80);
}

function expectation(first: Outstanding | undefined): string {
  if (first === undefined) return 'but no request waits for it';
  return `expected the reply to ${first.request.kind} with id ${first.id}`;
}
