/**
 * What a session shows: replies on stdout as they come, the summary on stderr at the end, or one JSON document.
 *
 * Deliberately no buffering: a reply is written when it is there, because the moment is part of what one wants to see.
 */
import { formatEndpoint } from './connect.ts';
import { hexView, preview } from './hex-view.ts';
import { formatMs, type LatencySummary, summarizeLatencies } from './latency.ts';
import type { ClientOptions } from './options.ts';
import type { Reply } from './reply.ts';
import { countReplies } from './session.ts';

/** Payload bytes of a reply that the JSON document carries; `bytes` tells how many there were. */
const JSON_PAYLOAD_BYTES = 1024;

export type Summary = {
  readonly replies: number;
  readonly payloadBytes: number;
  readonly elapsedMs: number;
  readonly latency: LatencySummary | null;
};

type Write = (text: string | Buffer) => void;
/** How one kind of output shows a reply. */
type Show = (reply: Reply) => void;

/** Counts and shows replies; `finish` ends the output. */
export class Output {
  readonly #options: ClientOptions;
  readonly #stdout: Write;
  readonly #stderr: Write;
  readonly #show: Show;
  readonly #startMs = performance.now();
  readonly #latenciesMs: number[] = [];
  readonly #documents: object[] = [];
  #replies = 0;
  #payloadBytes = 0;

  constructor(options: ClientOptions, stdout: Write, stderr: Write) {
    this.#options = options;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#show = this.#chooseShow();
  }

  reply(reply: Reply): void {
    this.#replies++;
    this.#payloadBytes += reply.payload.length;
    if (reply.latencyMs !== undefined) this.#latenciesMs.push(reply.latencyMs);
    this.#show(reply);
  }

  /** Writes the summary; `failure` is the line that tells why the session ended, if it failed. */
  finish(failure: string | undefined): void {
    const summary = this.#summary();
    if (failure !== undefined) this.#stderr(`client: ${failure}\n`);
    if (this.#options.output === 'json')
      this.#stdout(`${JSON.stringify(this.#document(summary, failure))}\n`);
    else if (failure === undefined || summary.replies > 0) this.#stderr(`${formatSummary(summary)}\n`);
  }

  #chooseShow(): Show {
    const { output, protocol, words, size } = this.#options;
    const piped = protocol === 'tcp-echo' && words.length === 0 && size === undefined;
    if (output === 'quiet') return () => {};
    if (output === 'json') return (reply) => this.#documents.push(replyDocument(reply));
    if (output === 'hex') return (reply) => this.#stdout(formatHex(reply));
    if (piped) return (reply) => this.#stdout(reply.payload);
    return (reply) => this.#stdout(`${formatHeading(reply)}  ${preview(reply.payload)}\n`);
  }

  #summary(): Summary {
    return {
      replies: this.#replies,
      payloadBytes: this.#payloadBytes,
      elapsedMs: performance.now() - this.#startMs,
      latency: summarizeLatencies(this.#latenciesMs) ?? null,
    };
  }

  #document(summary: Summary, failure: string | undefined): object {
    const { protocol } = this.#options;
    const server = formatEndpoint(this.#options);
    const replies = this.#documents;
    return {
      schema: 'client-session',
      version: 1,
      protocol,
      server,
      failure: failure ?? null,
      summary,
      replies,
    };
  }
}

function formatHeading({ id, kind, payload, latencyMs }: Reply): string {
  const parts = [
    id === undefined ? undefined : `id ${id}`,
    kind,
    `${payload.length} bytes`,
    latencyMs === undefined ? undefined : formatMs(latencyMs),
  ];
  return parts.filter((part) => part !== undefined).join('  ');
}

function formatHex(reply: Reply): string {
  const bytes = reply.wire ?? reply.payload;
  const view = bytes.length === 0 ? '' : `${hexView(bytes)}\n`;
  return `${formatHeading(reply)}\n${view}`;
}

function replyDocument({ offset, id, kind, payload, latencyMs }: Reply): object {
  const payloadHex = payload.toString('hex', 0, JSON_PAYLOAD_BYTES);
  return { offset, id, kind, bytes: payload.length, latencyMs, payloadHex };
}

function formatSummary({ replies, payloadBytes, elapsedMs, latency }: Summary): string {
  const counts = `${countReplies(replies)}, ${payloadBytes} bytes of payload in ${formatMs(elapsedMs)}`;
  if (latency === null) return counts;
  const { minMs, p50Ms, p99Ms, maxMs } = latency;
  const percentiles = `min ${formatMs(minMs)}, p50 ${formatMs(p50Ms)}, p99 ${formatMs(p99Ms)}`;
  return `${counts}; latency ${percentiles}, max ${formatMs(maxMs)}`;
}
