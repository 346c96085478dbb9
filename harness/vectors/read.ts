/**
 * Reads the vectors of the framed protocol for tests; the format stands in README.md beside this file.
 *
 * Deliberately strict: a line it does not understand ends the test run with file and line, so that no vector is
 * skipped in silence. No codec is used here, and servers and clients never import it: their tests do.
 */
import { readFileSync } from 'node:fs';

export type VectorEvent =
  | {
      readonly kind: 'begin';
      readonly length: number;
      readonly type: number;
      readonly flags: number;
      readonly id: number;
    }
  | { readonly kind: 'data'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly code: number; readonly id: number }
  | { readonly kind: 'partial' };

/** Bytes for a decoder of requests, and the events that they must give at every cut. */
export type FramedVector = {
  readonly name: string;
  readonly maxFrameSize: number;
  readonly bytes: Buffer;
  readonly events: readonly VectorEvent[];
};

/** Bytes for a server, and the bytes that must come back before its FIN. */
export type FramedReplyVector = {
  readonly name: string;
  readonly maxFrameSize: number;
  readonly request: Buffer;
  readonly reply: Buffer;
};

/** A case for a module of the codecs, and the outcome that it must give. */
export type CodecVector = {
  readonly name: string;
  readonly module: string;
  readonly bytes: Buffer;
  readonly outcome: string;
};

/** All vectors of framed.txt, in the order of the file. */
export function readFramedVectors(): FramedVector[] {
  return readLines('framed.txt', ([name, maxFrameSize, bytes, events]) => ({
    name,
    maxFrameSize: parseNumber(maxFrameSize),
    bytes: parseBytes(bytes),
    events: parseEvents(events),
  }));
}

/** All vectors of framed-replies.txt, in the order of the file. */
export function readFramedReplyVectors(): FramedReplyVector[] {
  return readLines('framed-replies.txt', ([name, maxFrameSize, request, reply]) => ({
    name,
    maxFrameSize: parseNumber(maxFrameSize),
    request: parseBytes(request),
    reply: parseBytes(reply),
  }));
}

/** All vectors of codec.txt, in the order of the file. */
export function readCodecVectors(): CodecVector[] {
  return readLines('codec.txt', ([name, module, bytes, outcome]) => ({
    name,
    module,
    bytes: parseBytes(bytes),
    outcome: outcome === '-' ? '' : outcome,
  }));
}

/**
 * Where a test cuts an input of `length` bytes whose headers begin at `headerOffsets`: everywhere below 4 KiB, else at
 * the edges, around the headers and around each multiple of 64 KiB. Ascending, without repetitions.
 */
export function splitOffsets(length: number, headerOffsets: readonly number[]): number[] {
  if (length < 4096) return Array.from({ length: length + 1 }, (_, offset) => offset);
  const near = (center: number, reach: number) =>
    Array.from({ length: 2 * reach + 1 }, (_, k) => center - reach + k);
  const reads = Array.from({ length: Math.floor(length / 65_536) }, (_, k) => (k + 1) * 65_536);
  const offsets = [0, length].flatMap((edge) => near(edge, 15));
  offsets.push(...[...headerOffsets, ...reads].flatMap((center) => near(center, 8)));
  return [...new Set(offsets)].filter((offset) => offset >= 0 && offset <= length).sort((a, b) => a - b);
}

type Fields = [name: string, maxFrameSize: string, input: string, outcome: string];

function readLines<Vector>(file: string, parse: (fields: Fields) => Vector): Vector[] {
  const lines = readFileSync(new URL(file, import.meta.url), 'ascii').split('\n');
  return lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return [];
    try {
      return [parse(splitFields(line))];
    } catch (error) {
      throw new Error(`${file}:${index + 1}: ${error instanceof Error ? error.message : error}`);
    }
  });
}

function splitFields(line: string): Fields {
  const fields = line.split(' | ');
  const [name = '', maxFrameSize = '', input = '', outcome = ''] = fields;
  if (fields.length !== 4) throw new Error(`${fields.length} fields, expected 4`);
  if (!/^[a-z0-9-]{1,63}$/.test(name)) throw new Error(`bad name "${name}"`);
  return [name, maxFrameSize, input, outcome];
}

function parseNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`bad number "${text}"`);
  return Number(text);
}

function parseBytes(text: string): Buffer {
  if (text === '-') return Buffer.alloc(0);
  return Buffer.concat(text.split(' ').map(parseToken));
}

function parseToken(token: string): Buffer {
  const [, hex = '', count = '1'] = /^((?:[0-9a-f]{2})+)(?:\*([1-9]\d*))?$/.exec(token) ?? [];
  if (hex === '') throw new Error(`bad token "${token}"`);
  const once = Buffer.from(hex, 'hex');
  return Buffer.alloc(once.length * Number(count), once);
}

function parseEvents(text: string): VectorEvent[] {
  return text === '-' ? [] : text.split(' ').map(parseEvent);
}

function parseEvent(word: string): VectorEvent {
  if (word === 'end' || word === 'partial') return { kind: word };
  const [, name = '', inside = ''] = /^(begin|data|error)\((.+)\)$/.exec(word) ?? [];
  if (name === 'data') return { kind: 'data', bytes: parseToken(inside) };
  const [, length, type, flags, id] = /^(\d+),([0-9a-f]{2}),([0-9a-f]{2}),([0-9a-f]{4})$/.exec(inside) ?? [];
  if (name === 'begin' && id !== undefined) {
    return {
      kind: 'begin',
      length: Number(length),
      type: hexNumber(type),
      flags: hexNumber(flags),
      id: hexNumber(id),
    };
  }
  const [, code, errorId] = /^([12]),([0-9a-f]{4})$/.exec(inside) ?? [];
  if (name === 'error' && errorId !== undefined)
    return { kind: 'error', code: Number(code), id: hexNumber(errorId) };
  throw new Error(`bad event "${word}"`);
}

function hexNumber(digits: string | undefined): number {
  return Number.parseInt(digits ?? '', 16);
}
