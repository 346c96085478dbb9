/**
 * What a person types for the framed protocol: `echo TEXT`, `discard BYTES`, `generate N`, `delay MS TEXT`, `raw HEX`.
 *
 * Each command has a fixed number of words, so several stand in one line without a separator. Deliberately lenient
 * where the server is to judge: `delay 60001 x` is sent, so that its BAD_PAYLOAD can be seen.
 */
import { ClientError, EXIT } from './errors.ts';
import { encodeU32, TYPE } from './framed.ts';

const U32_MAX = 0xffff_ffff;
/** Largest DISCARD that is built in memory: the largest `--max-frame-size` of the contract. */
const DISCARD_MAX = 1_073_741_824;

export type Command =
  | { readonly kind: 'echo'; readonly type: number; readonly payload: Buffer }
  | { readonly kind: 'discard'; readonly type: number; readonly payload: Buffer }
  | { readonly kind: 'generate'; readonly type: number; readonly payload: Buffer; readonly bytes: number }
  | { readonly kind: 'delay'; readonly type: number; readonly payload: Buffer; readonly delayMs: number }
  | { readonly kind: 'raw'; readonly bytes: Buffer };

export const COMMAND_HELP = `  echo TEXT        ECHO: the same text comes back
  discard BYTES    DISCARD of so many bytes: their number comes back
  generate N       GENERATE: N bytes come back, in one frame or many
  delay MS TEXT    DELAY: the text comes back after MS milliseconds
  raw HEX          exactly these bytes, a frame or not ("00000000 05 00 0001")`;

/** The commands that the words spell, in order. Throws a ClientError (exit 64) that names the wrong word. */
export function parseCommands(words: readonly string[]): Command[] {
  const rest = [...words];
  const commands: Command[] = [];
  while (rest.length > 0) commands.push(parseCommand(rest));
  return commands;
}

/** One typed line: the same commands, but the last argument of `echo`, `delay` and `raw` is the rest of the line. */
export function parseLine(line: string): Command[] {
  const [, name = '', rest = ''] = /^\s*(\S+) ?(.*)$/s.exec(line) ?? [];
  if (name === '') return [];
  if (name === 'echo' || name === 'raw') return parseCommands([name, rest]);
  const [, first = '', text = ''] = /^\s*(\S+) ?(.*)$/s.exec(rest) ?? [];
  if (name === 'delay') return parseCommands([name, first, text]);
  return parseCommands([name, ...rest.split(/\s+/).filter((word) => word !== '')]);
}

function parseCommand(words: string[]): Command {
  const name = words.shift() ?? '';
  switch (name) {
    case 'echo':
      return { kind: 'echo', type: TYPE.echo, payload: Buffer.from(argument(words, 'echo', 'TEXT')) };
    case 'discard':
      return discard(wholeNumber(argument(words, 'discard', 'BYTES'), 'discard BYTES', DISCARD_MAX));
    case 'generate':
      return generate(wholeNumber(argument(words, 'generate', 'N'), 'generate N', U32_MAX));
    case 'delay':
      return delay(
        wholeNumber(argument(words, 'delay', 'MS'), 'delay MS', U32_MAX),
        argument(words, 'delay', 'TEXT'),
      );
    case 'raw':
      return { kind: 'raw', bytes: hexBytes(argument(words, 'raw', 'HEX')) };
    default:
      throw usage(`unknown command "${name}": expected echo, discard, generate, delay or raw`);
  }
}

function discard(bytes: number): Command {
  return { kind: 'discard', type: TYPE.discard, payload: Buffer.alloc(bytes, 'x') };
}

function generate(bytes: number): Command {
  return { kind: 'generate', type: TYPE.generate, payload: encodeU32(bytes), bytes };
}

function delay(delayMs: number, text: string): Command {
  const payload = Buffer.concat([encodeU32(delayMs), Buffer.from(text)]);
  return { kind: 'delay', type: TYPE.delay, payload, delayMs };
}

function argument(words: string[], command: string, what: string): string {
  const word = words.shift();
  if (word === undefined) throw usage(`"${command}" needs ${what}`);
  return word;
}

function wholeNumber(word: string, what: string, max: number): number {
  const value = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (value <= max) return value;
  throw usage(`${what} must be a whole number from 0 to ${max}, got "${word}"`);
}

function hexBytes(word: string): Buffer {
  const digits = word.replaceAll(/\s+/g, '');
  if (digits === '' || !/^([0-9a-f]{2})+$/i.test(digits)) {
    throw usage(`raw HEX must be pairs of hex digits, got "${word}"`);
  }
  return Buffer.from(digits, 'hex');
}

function usage(message: string): ClientError {
  return new ClientError(`${message} (try --help)`, EXIT.usage);
}
