// Log lines on stderr, docs/contract.md section 3: `event=NAME key=value ...`.
//
// A line is written whole or dropped: a stderr that is full, slow or closed never holds the server up. Errors and
// violations are limited, and what was left out is counted. It formats no peer bytes but as hex.
// Mirrors servers-c/net/log.h.

import { parentPort } from 'node:worker_threads';

export const LOG_LINES_PER_SECOND = 10;
export const LOG_LINE_BYTES = 1024;

/** What may wait for a reader of stderr before lines are dropped. */
const WAITING_BYTES = 65536;

const LEVELS = ['error', 'info', 'debug'] as const;

/** error: errors and violations; info: start, listen, limit, drain, exit too; debug: each connection too. */
export type Level = (typeof LEVELS)[number];

/** Values by key, in the order in which they are printed. */
export type Fields = Record<string, string | number>;

let threshold = LEVELS.indexOf('info');
let secondBeganMs = Number.NEGATIVE_INFINITY;
let linesThisSecond = 0;
let suppressed = 0;

/** To be called once in each thread, before anything is logged. */
export function open(level: Level): void {
  threshold = LEVELS.indexOf(level);
  // In a worker, stderr belongs to the main thread. Without a listener, EPIPE would end the process.
  if (parentPort === null) process.stderr.on('error', () => {});
}

/** An error or a violation: at most LOG_LINES_PER_SECOND a second, the next line says how many were left out. */
export function error(event: string, fields: Fields): void {
  const now = performance.now();
  if (now - secondBeganMs >= 1000) {
    secondBeganMs = now;
    linesThisSecond = 0;
  }
  if (linesThisSecond >= LOG_LINES_PER_SECOND) {
    suppressed += 1;
    return;
  }
  linesThisSecond += 1;
  const left = suppressed + Number(fields.suppressed ?? 0); // a worker may have counted too
  suppressed = 0;
  write('error', event, left > 0 ? { ...fields, suppressed: left } : fields);
}

/** A step in the life of the server. */
export function info(event: string, fields: Fields): void {
  write('info', event, fields);
}

/** Something about one connection. */
export function debug(event: string, fields: Fields): void {
  write('debug', event, fields);
}

/** Whether lines of this level are printed: so that nobody computes what nobody will read. */
export function isShown(level: Level): boolean {
  return LEVELS.indexOf(level) <= threshold;
}

/** One line, if the level is shown and stderr has room for it. A worker's lines are written by the main thread. */
export function write(level: Level, event: string, fields: Fields): void {
  if (!isShown(level)) return;
  if (parentPort !== null) {
    parentPort.postMessage({ kind: 'log', level, event, fields });
    return;
  }
  let line = `event=${event}`;
  for (const [key, value] of Object.entries(fields)) line += ` ${key}=${format(value)}`;
  line = `${line.slice(0, LOG_LINE_BYTES - 1)}\n`;
  // A pipe and a socket are written without blocking, so what the reader does not take would pile up here.
  if (process.stderr.writableLength + line.length <= WAITING_BYTES) process.stderr.write(line);
}

/** What a worker's thread asked to be written. The limit of a second holds for all of them together. */
export function writeFor(report: { level: Level; event: string; fields: Fields }): void {
  if (report.level === 'error') error(report.event, report.fields);
  else write(report.level, report.event, report.fields);
}

/** `event=error call=CALL errno=NAME`: a system call failed, and the server goes on. */
export function callFailed(call: string, cause: unknown): void {
  error('error', { call, errno: errorName(cause) });
}

/** "EADDRINUSE" and so on; what the error calls itself when it has no errno. */
export function errorName(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}

/** Text in double quotes, with \xNN for bytes that are not printable ASCII, for " and for \. */
export function quote(text: string): string {
  let quoted = '"';
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
    quoted += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `${quoted}"`;
}

/** "127.0.0.1:80" or "[::1]:80"; an IPv4 peer of a dual-stack socket is written as IPv4. */
export function address(host: string, port: number): string {
  const plain = host.startsWith('::ffff:') && host.includes('.') ? host.slice('::ffff:'.length) : host;
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

function format(value: string | number): string {
  const text = String(value);
  return /^[A-Za-z0-9._:[\]/+-]+$/.test(text) ? text : quote(text);
}
