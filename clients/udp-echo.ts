/**
 * The client's side of UDP echo (RFC 862): each datagram must come back whole, and may be lost.
 *
 * Every datagram has a time limit of its own. A reply is recognised by its bytes, because the protocol has no ids.
 * Deliberately no retransmission: to see what is lost is the point.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { type Endpoint, formatEndpoint } from './connect.ts';
import { ClientError, EXIT, errorName } from './errors.ts';
import { elapsedMs } from './latency.ts';
import type { ReplyListener } from './reply.ts';
import { countReplies, type SessionOptions } from './session.ts';
import { Window } from './window.ts';

/** Largest payload of a UDP datagram over IPv4: 65,535 minus 20 bytes of IP and 8 of UDP header. */
export const MAX_DATAGRAM_SIZE = 65_507;
/** Datagrams given up that are remembered, so that a late reply is not called wrong. */
const REMEMBERED_LOST = 1024;

type Outstanding = { readonly bytes: Buffer; readonly sentNs: bigint };

/**
 * Sends the datagrams within a window of `options.depth` and reports each echo.
 * Throws a ClientError if nobody listens (69), a reply is wrong (1) or datagrams are lost (124).
 */
export async function converseUdp(
  endpoint: Endpoint,
  datagrams: AsyncIterable<Buffer>,
  options: SessionOptions,
  onReply: ReplyListener,
): Promise<void> {
  const socket = createSocket(isIPv6(endpoint.host) ? 'udp6' : 'udp4');
  const session = new UdpEchoSession(socket, options, onReply);
  const abort = () => session.fail(new ClientError('interrupted', EXIT.interrupted));
  options.signal.addEventListener('abort', abort);
  try {
    await Promise.race([session.failed, exchange(session, socket, endpoint, datagrams)]);
  } catch (error) {
    throw explain(error, endpoint);
  } finally {
    options.signal.removeEventListener('abort', abort);
    session.stop();
    socket.close();
  }
}

async function exchange(
  session: UdpEchoSession,
  socket: Socket,
  endpoint: Endpoint,
  datagrams: AsyncIterable<Buffer>,
): Promise<void> {
  socket.connect(endpoint.port, endpoint.host);
  await once(socket, 'connect');
  for await (const datagram of datagrams) await session.send(datagram);
  await session.settled();
  session.finish();
}

class UdpEchoSession {
  /** Rejects when the session cannot go on. */
  readonly failed: Promise<never>;
  fail: (error: unknown) => void = () => {};
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #onReply: ReplyListener;
  readonly #window: Window;
  /** Oldest first: all have the same time limit, so the first is the next to expire. */
  readonly #outstanding: Outstanding[] = [];
  readonly #lost: Buffer[] = [];
  #received = 0;
  #late = 0;
  #lostCount = 0;
  #expiry: NodeJS.Timeout | undefined;
  #onSettled: (() => void) | undefined;

  constructor(socket: Socket, options: SessionOptions, onReply: ReplyListener) {
    this.#socket = socket;
    this.#timeoutMs = options.timeoutMs;
    this.#onReply = onReply;
    this.#window = new Window(() => this.#outstanding.length < options.depth);
    this.failed = new Promise((_, reject) => {
      this.fail = reject;
    });
    this.failed.catch(() => {});
    socket.on('message', (bytes) => this.#receive(bytes));
    socket.on('error', (error) => this.fail(error));
  }

  async send(datagram: Buffer): Promise<void> {
    await this.#window.room();
    this.#outstanding.push({ bytes: datagram, sentNs: process.hrtime.bigint() });
    this.#armExpiry();
    this.#socket.send(datagram, (error) => error && this.fail(error));
  }

  /** Waits until every datagram has come back or has been given up. */
  async settled(): Promise<void> {
    if (this.#outstanding.length === 0) return;
    await new Promise<void>((resolve) => {
      this.#onSettled = resolve;
    });
  }

  finish(): void {
    if (this.#lostCount === 0) return;
    const late = this.#late > 0 ? ` (${this.#late} came later)` : '';
    throw new ClientError(
      `no reply within ${this.#timeoutMs} ms: ${countReplies(this.#lostCount)} missing${late}`,
      EXIT.timedOut,
    );
  }

  stop(): void {
    clearTimeout(this.#expiry);
  }

  #receive(bytes: Buffer): void {
    const number = this.#received++;
    const index = this.#outstanding.findIndex((sent) => sent.bytes.equals(bytes));
    const [sent] = index < 0 ? [] : this.#outstanding.splice(index, 1);
    if (sent === undefined) {
      this.#receiveUnexpected(bytes, number);
      return;
    }
    this.#onReply({ offset: number, payload: bytes, latencyMs: elapsedMs(sent.sentNs) });
    this.#moved();
  }

  #receiveUnexpected(bytes: Buffer, number: number): void {
    const index = this.#lost.findIndex((sent) => sent.equals(bytes));
    if (index < 0) {
      const what = `wrong reply, datagram ${number}: ${bytes.length} bytes that were not sent, or came twice`;
      this.fail(new ClientError(what, EXIT.wrongReply));
      return;
    }
    this.#lost.splice(index, 1);
    this.#late++;
  }

  #armExpiry(): void {
    const oldest = this.#outstanding[0];
    if (oldest === undefined || this.#expiry !== undefined) return;
    const leftMs = Math.max(0, this.#timeoutMs - elapsedMs(oldest.sentNs));
    this.#expiry = setTimeout(() => this.#expire(), leftMs);
  }

  #expire(): void {
    this.#expiry = undefined;
    const firstAlive = this.#outstanding.findIndex((sent) => elapsedMs(sent.sentNs) < this.#timeoutMs);
    const expired = this.#outstanding.splice(0, firstAlive < 0 ? this.#outstanding.length : firstAlive);
    this.#lostCount += expired.length;
    this.#lost.push(...expired.map((sent) => sent.bytes));
    this.#lost.splice(0, this.#lost.length - REMEMBERED_LOST);
    this.#moved();
    this.#armExpiry();
  }

  #moved(): void {
    this.#window.moved();
    if (this.#outstanding.length === 0) this.#onSettled?.();
  }
}

function explain(error: unknown, endpoint: Endpoint): unknown {
  if (error instanceof ClientError) return error;
  const where = formatEndpoint(endpoint);
  const name = errorName(error);
  if (name === 'ECONNREFUSED') {
    return new ClientError(`nobody listens on ${where}: ${name} (ICMP port unreachable)`, EXIT.unavailable);
  }
  return new ClientError(`cannot exchange datagrams with ${where}: ${name}`, EXIT.unavailable);
}
