/**
 * The contract's part of the TypeScript base: flags, the ready line, the exit codes.
 *
 * Like c/contract.c it checks every flag and forgets those that no fault has to do with.
 */
import { isIP } from 'node:net';
import process from 'node:process';

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
  logsConnections: boolean;
}

export type Protocol = 'tcp-echo' | 'udp-echo' | 'framed';

/** What a fault may change of the contract; absent means: as it should be. */
export interface ContractFault {
  /** Takes the place of the port that --port asks for. */
  port?: (asked: number) => number;
  /** Takes the place of printing the ready line. */
  announce?: (line: string) => void;
}

const DAY_MS = 86_400_000;
const GIB = 1_073_741_824;

/** Flag, default, least, most; flags without a field in Options are checked and forgotten. */
const NUMBERS: [string, number, number, number][] = [
  ['port', 0, 0, 65_535],
  ['backlog', 511, 1, 65_535],
  ['max-connections', 10_000, 1, 1_000_000],
  ['idle-timeout-ms', 60_000, 1, DAY_MS],
  ['drain-timeout-ms', 5000, 0, DAY_MS],
  ['linger-ms', 1000, 0, DAY_MS],
  ['max-pending-bytes', 1_048_576, 4096, GIB],
  ['max-frame-size', 1_048_576, 256, GIB],
  ['workers', 1, 1, 64],
  ['frame-timeout-ms', 10_000, 1, DAY_MS],
];

const LEVELS = ['error', 'info', 'debug'];

function fail(code: number, text: string): never {
  process.stderr.write(`faulty: ${text}\n`);
  process.exit(code);
}

/** The flags of the command line; a bad one is one line on stderr and exit 64. */
export function takeOptions(): Options {
  const values = new Map<string, number>(NUMBERS.map(([flag, standard]) => [flag, standard]));
  let host = '127.0.0.1';
  let level = 'info';
  const words = process.argv.slice(2).flatMap((word) => word.split(/=(.*)/s, 2));
  for (let i = 0; i < words.length; i += 2) {
    const flag = words[i]?.slice(2) ?? '';
    const value = words[i + 1];
    const range = NUMBERS.find(([name]) => name === flag);
    if (value === undefined) fail(64, `--${flag} needs a value (try --help)`);
    else if (flag === 'host' && isIP(value) !== 0) host = value;
    else if (range && isWhole(value, range[2], range[3])) values.set(flag, Number(value));
    else if (flag === 'log-level' && LEVELS.includes(value)) level = value;
    else fail(64, `--${flag} "${value}" is not possible (try --help)`);
  }
  const value = (flag: string) => values.get(flag) ?? 0;
  return {
    host,
    port: value('port'),
    backlog: value('backlog'),
    maxConnections: value('max-connections'),
    idleTimeoutMs: value('idle-timeout-ms'),
    drainTimeoutMs: value('drain-timeout-ms'),
    lingerMs: value('linger-ms'),
    maxPendingBytes: value('max-pending-bytes'),
    maxFrameSize: value('max-frame-size'),
    frameTimeoutMs: value('frame-timeout-ms'),
    logsConnections: level === 'debug',
  };
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^[0-9]{1,11}$/.test(text) && Number(text) >= least && Number(text) <= most;
}

export function printReady(protocol: Protocol, host: string, port: number, fault: ContractFault): void {
  const transport = protocol === 'udp-echo' ? 'udp' : 'tcp';
  const line = JSON.stringify({ ready: true, protocol, transport, host, port, pid: process.pid });
  if (fault.announce) fault.announce(line);
  else process.stdout.write(`${line}\n`);
}

export function cannotListen(options: Options, error: NodeJS.ErrnoException): never {
  fail(69, `cannot listen on ${options.host}:${options.port}: ${error.code} (${error.message})`);
}
