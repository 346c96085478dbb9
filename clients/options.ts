/**
 * The options of the clients' command line, their limits and the help text.
 *
 * Deliberately one set for all three protocols: what a protocol cannot use it refuses by name.
 */
import { parseArgs } from 'node:util';
import { ClientError, EXIT } from './errors.ts';
import { DEFAULT_MAX_FRAME_SIZE } from './framed.ts';
import { COMMAND_HELP } from './framed-commands.ts';
import { MAX_DATAGRAM_SIZE } from './udp-echo.ts';

export const PROTOCOLS = ['tcp-echo', 'udp-echo', 'framed'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export type ClientOptions = {
  readonly protocol: Protocol;
  /** What to send; empty means stdin (or generated messages, where `size` is given). */
  readonly words: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly depth: number;
  readonly count: number;
  readonly size: number | undefined;
  readonly timeoutMs: number;
  readonly maxFrameSize: number;
  readonly keepOpen: boolean;
  readonly output: 'text' | 'hex' | 'json' | 'quiet';
};

export const HELP = `Usage: node clients/cli.ts PROTOCOL [options] [--] [WORDS]

Speaks tcp-echo, udp-echo or framed with a server, checks every reply and shows it.

tcp-echo [TEXT...]   each TEXT is one message; without TEXT stdin is sent and what comes back goes to stdout
udp-echo [TEXT...]   each TEXT is one datagram; without TEXT each line of stdin is one
framed [COMMAND...]  commands; without any, one or more per line of stdin:
${COMMAND_HELP}

  --host ADDR            server's address or name (127.0.0.1)
  --port N               server's port (9000)
  --count N              send the words, or messages of --size, N times (1)
  --size BYTES           tcp-echo, udp-echo: send generated messages of this size
  --depth N              requests under way at a time (16)
  --timeout-ms N         give up after this long without a reply (10000; udp-echo 1000)
  --max-frame-size N     framed: largest payload to accept (1048576)
  --keep-open            do not half-close after the last request; wait for the server to close
  --hex                  show replies as offset, hex and ASCII
  --json                 one JSON document on stdout at the end
  --quiet                only the summary
  --help                 this text

At the end of input the connection is half-closed and the remaining replies are shown.
Exit codes: 0 all replies right, 1 wrong or missing reply, 64 usage, 69 no connection, 124 timed out, 130 Ctrl-C.
`;

const FLAGS = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '9000' },
  count: { type: 'string', default: '1' },
  size: { type: 'string' },
  depth: { type: 'string', default: '16' },
  'timeout-ms': { type: 'string' },
  'max-frame-size': { type: 'string', default: String(DEFAULT_MAX_FRAME_SIZE) },
  'keep-open': { type: 'boolean', default: false },
  hex: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The options that the arguments spell, 'help' where help is asked for. Throws a ClientError (exit 64). */
export function parseOptions(args: readonly string[]): ClientOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [name, ...words] = positionals;
  const protocol = parseProtocol(name);
  const options: ClientOptions = {
    protocol,
    words,
    host: values.host,
    port: wholeNumber('--port', values.port, 1, 65_535),
    count: wholeNumber('--count', values.count, 1, 1_000_000_000),
    size: parseSize(protocol, values.size),
    depth: wholeNumber('--depth', values.depth, 1, 10_000),
    timeoutMs: parseTimeout(protocol, values['timeout-ms']),
    maxFrameSize: wholeNumber('--max-frame-size', values['max-frame-size'], 0, 1_073_741_824),
    keepOpen: values['keep-open'],
    output: parseOutput(values),
  };
  refuseContradictions(options);
  return options;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true, strict: true });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function parseProtocol(name: string | undefined): Protocol {
  const protocol = PROTOCOLS.find((known) => known === name);
  if (protocol !== undefined) return protocol;
  throw usage(`the first word must be ${PROTOCOLS.join(', ')}${name === undefined ? '' : `, got "${name}"`}`);
}

function parseSize(protocol: Protocol, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (protocol === 'framed') throw usage('--size is for tcp-echo and udp-echo (framed: discard BYTES)');
  if (protocol === 'udp-echo') return wholeNumber('--size', value, 0, MAX_DATAGRAM_SIZE);
  return wholeNumber('--size', value, 1, 1_073_741_824);
}

function parseTimeout(protocol: Protocol, value: string | undefined): number {
  const fallback = protocol === 'udp-echo' ? '1000' : '10000';
  return wholeNumber('--timeout-ms', value ?? fallback, 1, 86_400_000);
}

function parseOutput(values: { hex: boolean; json: boolean; quiet: boolean }): ClientOptions['output'] {
  const chosen = (['hex', 'json', 'quiet'] as const).filter((name) => values[name]);
  if (chosen.length > 1) throw usage('--hex, --json and --quiet exclude each other');
  return chosen[0] ?? 'text';
}

function refuseContradictions({ protocol, words, size, count }: ClientOptions): void {
  if (size !== undefined && words.length > 0)
    throw usage('--size sends generated messages: leave the words out');
  if (size === undefined && words.length === 0 && count !== 1) {
    throw usage('--count needs words or --size: stdin cannot be sent twice');
  }
  if (protocol === 'tcp-echo' && words.includes('')) throw usage('an empty TEXT has no echo over TCP');
}

function wholeNumber(flag: string, value: string, min: number, max: number): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw usage(`${flag} must be a whole number from ${min} to ${max}, got "${value}"`);
}

function usage(message: string): ClientError {
  return new ClientError(`${message} (try --help)`, EXIT.usage);
}
