// The contract's part of an exercise: flags, the ready line, signals, exit codes (docs/contract.md sections 1, 2, 4, 9).
//
// It opens no socket and keeps no connection: that is what you write. Every flag of the contract is understood here; an
// exercise looks at those that it is about, and ignores the rest.

import { isIP } from 'node:net';

const EXIT_USAGE = 64;
const EXIT_CANNOT_LISTEN = 69;
const DAY_MS = 86_400_000;

/** What the flags say: sizes in bytes, times in milliseconds. */
export interface Options {
  host: string;
  port: number;
  backlog: number;
  maxConnections: number;
  idleTimeoutMs: number;
  drainTimeoutMs: number;
  lingerMs: number;
  maxPendingBytes: number;
  maxFrameSize: number;
  frameTimeoutMs: number;
}

/** What you hand over. */
export interface Service {
  /** Opens the socket. Resolves with its port once it listens; rejects with the error of bind or listen. */
  listen(options: Options): Promise<number>;
  /**
   * SIGTERM or SIGINT came; `again` from the second time on. From then on it is your business to end the process.
   * Without this hook the process exits with code 0 at once.
   */
  stop?(again: boolean, options: Options): void;
}

export type Protocol = 'tcp-echo' | 'udp-echo' | 'framed';

type NumberFlag = [
  flag: string,
  key: Exclude<keyof Options, 'host'> | null,
  fallback: number,
  ...range: number[],
];

// A flag without a key is checked and forgotten.
const NUMBER_FLAGS: NumberFlag[] = [
  ['--port', 'port', 0, 0, 65_535],
  ['--backlog', 'backlog', 511, 1, 65_535],
  ['--max-connections', 'maxConnections', 10_000, 1, 1_000_000],
  ['--idle-timeout-ms', 'idleTimeoutMs', 60_000, 1, DAY_MS],
  ['--drain-timeout-ms', 'drainTimeoutMs', 5000, 0, DAY_MS],
  ['--linger-ms', 'lingerMs', 1000, 0, DAY_MS],
  ['--max-pending-bytes', 'maxPendingBytes', 1_048_576, 4096, 1_073_741_824],
  ['--max-frame-size', 'maxFrameSize', 1_048_576, 256, 1_073_741_824],
  ['--frame-timeout-ms', 'frameTimeoutMs', 10_000, 1, DAY_MS],
  ['--workers', null, 1, 1, 64],
];

/** Reads the flags, listens, prints the ready line, and serves until a signal comes. */
export async function run(protocol: Protocol, service: Service): Promise<void> {
  const options = takeOptions(protocol, process.argv.slice(2));
  const port = await service.listen(options).catch((error: Error) => {
    return leave(
      EXIT_CANNOT_LISTEN,
      `${protocol}: cannot listen on ${options.host}:${options.port}: ${error.message}`,
    );
  });
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (service.stop === undefined) process.exit(0);
    else service.stop(signals > 1, options);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // Whoever started us reads this line to learn the port. It comes last: from here on, connecting works.
  const transport = protocol === 'udp-echo' ? 'udp' : 'tcp';
  const ready = { ready: true, protocol, transport, host: options.host, port, pid: process.pid };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

function takeOptions(protocol: Protocol, words: string[]): Options {
  const options = { host: '127.0.0.1' } as Options; // the numbers follow
  for (const [, key, fallback] of NUMBER_FLAGS) if (key !== null) options[key] = fallback;
  // "--port=7" and "--port 7" mean the same.
  const pending = words.flatMap((word) => (word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]));
  for (let flag = pending.shift(); flag !== undefined; flag = pending.shift()) {
    if (flag === '--help') leave(0, `${protocol}: every flag is explained in docs/contract.md section 1`);
    const problem = takeFlag(options, flag, pending.shift());
    if (problem !== undefined) leave(EXIT_USAGE, `${protocol}: ${problem} (try --help)`);
  }
  return options;
}

/** Stores one flag, or says what is wrong with it. */
function takeFlag(options: Options, flag: string, value: string | undefined): string | undefined {
  const row = NUMBER_FLAGS.find(([name]) => name === flag);
  if (row === undefined && flag !== '--host' && flag !== '--log-level') return `unknown option ${flag}`;
  if (value === undefined) return `${flag} needs a value`;
  if (flag === '--host' && isIP(value) === 0) return `--host must be an IPv4 or IPv6 address, got "${value}"`;
  if (flag === '--host') options.host = value;
  if (row === undefined) return undefined;
  const [, key, , least = 0, most = 0] = row;
  // Digits only: Number() alone would take " 7", "7e3" and "".
  const number = /^[0-9]+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most)) {
    return `${flag} must be a whole number from ${least} to ${most}, got "${value}"`;
  }
  if (key !== null) options[key] = number;
  return undefined;
}

function leave(code: number, line: string): never {
  (code === 0 ? process.stdout : process.stderr).write(`${line}\n`);
  process.exit(code);
}
