// Reads harness/vectors/framed.txt, for the test of the decoder; the format is told in the README beside it.
//
// It builds bytes from hex and events as words, and knows nothing of the codec under test.

import { readFileSync } from 'node:fs';

export interface Vector {
  name: string;
  maxFrameSize: number;
  bytes: Uint8Array;
  events: Event[];
}

/** A word of the vectors; payload is the bytes themselves. */
export type Event = string | Buffer;

const FILE = new URL('../../harness/vectors/framed.txt', import.meta.url);

/** All vectors, in the order of the file. */
export function readVectors(): Vector[] {
  const lines = readFileSync(FILE, 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map(readVector);
}

function readVector(line: string): Vector {
  const [name = '', maxFrameSize = '', bytes = '', events = ''] = line.split(' | ');
  return {
    name,
    maxFrameSize: Number(maxFrameSize),
    bytes: Buffer.concat(words(bytes).map(readToken)),
    events: words(events).map(readEvent),
  };
}

function words(field: string): string[] {
  return field === '-' ? [] : field.split(' ');
}

// "6162*3": these bytes three times.
function readToken(token: string): Buffer {
  const [hex = '', times = '1'] = token.split('*');
  const once = Buffer.from(hex, 'hex');
  return Buffer.alloc(once.length * Number(times), once);
}

function readEvent(event: string): Event {
  const token = /^data\((.*)\)$/.exec(event)?.[1];
  return token === undefined ? event : readToken(token);
}
