/**
 * One conversation over a TCP connection: sends requests within a window, hands the bytes that come back to the
 * protocol, half-closes after the last request and reads until the server's FIN.
 *
 * Deliberately knows no protocol: what the bytes mean is the Dialogue's business (tcp-echo.ts, framed-dialogue.ts).
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { ClientError, EXIT, errorName } from './errors.ts';
import { Window } from './window.ts';

/** What a protocol adds to a conversation. */
export type Dialogue<Request> = {
  /** The bytes of one request; remembers what must come back. */
  send(request: Request): Buffer;
  /** Takes bytes of the server. Throws a ClientError if they are wrong. */
  receive(chunk: Buffer): void;
  /** Called when the server has sent FIN; throws a ClientError if that is wrong. */
  finish(): void;
  /** Requests without a complete reply. */
  readonly owed: number;
  /** Milliseconds that the server may be silent by the protocol, on top of the timeout. */
  readonly allowedSilenceMs: number;
};

export type SessionOptions = {
  /** Most requests unanswered at a time. */
  readonly depth: number;
  /** Silence of the server, in ms, that ends the session while something is awaited. */
  readonly timeoutMs: number;
  /** Do not half-close after the last request. */
  readonly keepOpen: boolean;
  /** Ends the session at once. */
  readonly signal: AbortSignal;
};

/** Runs the conversation to its end. Throws a ClientError that says how it failed; the socket is closed either way. */
export async function converse<Request>(
  socket: Socket,
  requests: AsyncIterable<Request>,
  dialogue: Dialogue<Request>,
  options: SessionOptions,
): Promise<void> {
  const window = new Window(() => dialogue.owed < options.depth);
  const abort = () => socket.destroy(new ClientError('interrupted', EXIT.interrupted));
  if (options.signal.aborted) abort();
  options.signal.addEventListener('abort', abort);
  watchSilence(socket, dialogue, options);
  const receiving = receiveAll(socket, dialogue, window);
  const sending = sendAll(socket, requests, dialogue, window, options);
  try {
    // The server may end first: then nobody waits for the rest of the input.
    await Promise.race([receiving, sending.then(() => receiving)]);
    dialogue.finish();
  } catch (error) {
    throw explain(error, socket, dialogue.owed);
  } finally {
    options.signal.removeEventListener('abort', abort);
    socket.destroy();
    sending.catch(() => {});
    receiving.catch(() => {});
  }
}

async function sendAll<Request>(
  socket: Socket,
  requests: AsyncIterable<Request>,
  dialogue: Dialogue<Request>,
  window: Window,
  options: SessionOptions,
): Promise<void> {
  for await (const request of requests) {
    await window.room();
    const bytes = dialogue.send(request);
    socket.setTimeout(options.timeoutMs + dialogue.allowedSilenceMs);
    if (!socket.write(bytes)) await once(socket, 'drain');
  }
  if (!options.keepOpen) socket.end();
}

async function receiveAll<Request>(socket: Socket, dialogue: Dialogue<Request>, window: Window) {
  for await (const chunk of socket) {
    dialogue.receive(chunk as Buffer);
    window.moved();
  }
}

function watchSilence<Request>(socket: Socket, dialogue: Dialogue<Request>, options: SessionOptions): void {
  socket.setTimeout(options.timeoutMs);
  socket.on('timeout', () => {
    if (dialogue.owed === 0 && !socket.writableEnded) return;
    const awaited = dialogue.owed > 0 ? countReplies(dialogue.owed) : 'the FIN after ours';
    const silenceMs = options.timeoutMs + dialogue.allowedSilenceMs;
    socket.destroy(
      new ClientError(`nothing moved for ${silenceMs} ms, still awaited: ${awaited}`, EXIT.timedOut),
    );
  });
}

function explain(error: unknown, socket: Socket, owed: number): unknown {
  const name = errorName(error);
  if (name !== 'ECONNRESET' && name !== 'EPIPE') return error;
  return new ClientError(
    `the server reset the connection (${name}) after ${socket.bytesRead} bytes of replies, still awaited: ${countReplies(owed)}`,
    EXIT.wrongReply,
  );
}

/** `1 reply`, `3 replies`. */
export function countReplies(count: number): string {
  return count === 1 ? '1 reply' : `${count} replies`;
}
