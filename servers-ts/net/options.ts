// The flags of docs/contract.md section 1: one table, from which parsing, --help and the error messages come.
//
// Flags that only one protocol knows are added by its program. It opens nothing and starts nothing.
// Mirrors servers-c/net/options.h.

import { isIPv4, isIPv6 } from 'node:net';
import type { Level } from './log.ts';
import * as log from './log.ts';

export const EXIT_USAGE = 64;

/** Not an exit code: the program is to run. */
export const OPTIONS_RUN = -1;

export interface Options {
  host: string;
  port: number;
  backlog: number;
  maxConnections: number;
  idleTimeoutMs: number;
  drainTimeoutMs: number;
  lingerMs: number;
  maxPendingBytes: number;
  workers: number;
  logLevel: Level;
}

/** A flag whose value is a whole number, for a program to add to those that every server has. */
export interface NumberOption {
  name: string; // "--max-frame-size"
  meaning: string;
  fallback: number; // the default
  minimum: number;
  maximum: number;
  store: (value: number) => void;
}

/** What --help says about a program. */
export interface Usage {
  name: string;
  purpose: string; // one sentence
  extra: NumberOption[];
}

/** Valid flags, or what to print and the code to exit with. */
export type Parsed =
  | { exitCode: typeof OPTIONS_RUN; options: Options }
  | { exitCode: 0; stdout: string }
  | { exitCode: typeof EXIT_USAGE; stderr: string };

// ---- the table ----

interface Option {
  name: string;
  valueName: string;
  meaning: string;
  expected: string;
  fallback: string;
  store: (text: string) => boolean; // false when it is none of this option's values
}

function numberOption(number: NumberOption): Option {
  return {
    name: number.name,
    valueName: 'N',
    meaning: number.meaning,
    expected: `a whole number from ${number.minimum} to ${number.maximum}`,
    fallback: String(number.fallback),
    store: (text) => {
      const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
      const valid = value >= number.minimum && value <= number.maximum;
      if (valid) number.store(value);
      return valid;
    },
  };
}

function hostOption(options: Options): Option {
  return {
    name: '--host',
    valueName: 'ADDR',
    meaning: 'address to listen on',
    expected: 'an IPv4 or IPv6 address',
    fallback: '127.0.0.1',
    store: (text) => {
      options.host = text;
      return isIPv4(text) || (isIPv6(text) && !text.includes('%'));
    },
  };
}

function logLevelOption(options: Options): Option {
  return {
    name: '--log-level',
    valueName: 'LEVEL',
    meaning: 'error, info or debug',
    expected: 'error, info or debug',
    fallback: 'info',
    store: (text) => {
      options.logLevel = text as Level;
      return text === 'error' || text === 'info' || text === 'debug';
    },
  };
}

type NumberKey = Exclude<keyof Options, 'host' | 'logLevel'>;

// name, meaning, default, smallest, largest, where it goes
const numberRows: [string, string, number, number, number, NumberKey][] = [
  ['--port', 'port; 0 lets the kernel choose', 0, 0, 65535, 'port'],
  ['--backlog', 'length of the accept queue', 511, 1, 65535, 'backlog'],
  ['--max-connections', 'connections above this are closed at once', 10000, 1, 1000000, 'maxConnections'],
  [
    '--idle-timeout-ms',
    'close a connection after this long without a byte',
    60000,
    1,
    86400000,
    'idleTimeoutMs',
  ],
  ['--drain-timeout-ms', 'time to answer what is owed after SIGTERM', 5000, 0, 86400000, 'drainTimeoutMs'],
  ['--linger-ms', "time to wait for the peer's FIN after ours", 1000, 0, 86400000, 'lingerMs'],
  [
    '--max-pending-bytes',
    'replies waiting per connection before reading stops',
    1048576,
    4096,
    1073741824,
    'maxPendingBytes',
  ],
  ['--workers', 'threads, one event loop each', 1, 1, 64, 'workers'],
];

function makeTable(usage: Usage, options: Options): Option[] {
  const numbers = numberRows.map(([name, meaning, fallback, minimum, maximum, key]) => {
    const store = (value: number): void => {
      options[key] = value;
    };
    return numberOption({ name, meaning, fallback, minimum, maximum, store });
  });
  return [hostOption(options), ...numbers, logLevelOption(options), ...usage.extra.map(numberOption)];
}

// ---- messages ----

function help(usage: Usage, table: Option[]): Parsed {
  const rows = table.map((option) => {
    const flag = `${option.name} ${option.valueName}`;
    return row(flag, `${option.meaning} (default ${option.fallback})`);
  });
  const head = `Usage: ${usage.name} [options]\n\n${usage.purpose}\n\nOptions:\n`;
  return { exitCode: 0, stdout: `${head}${rows.join('')}${row('--help', 'show this and exit')}` };
}

function row(flag: string, meaning: string): string {
  return `  ${flag.padEnd(21)}  ${meaning}\n`;
}

function refuse(usage: Usage, what: string): Parsed {
  return { exitCode: EXIT_USAGE, stderr: `${usage.name}: ${what} (try --help)\n` };
}

function refuseArgument(usage: Usage, argument: string, name: string): Parsed {
  if (!argument.startsWith('-')) return refuse(usage, `unexpected argument ${log.quote(argument)}`);
  return refuse(usage, `unknown option ${log.quote(name).slice(1, -1)}`);
}

// ---- parsing ----

/**
 * Reads the arguments that follow the program's name. Valid: the options, and each of `usage.extra` was stored.
 * --help: its text for stdout. Otherwise one line for stderr says what is wrong.
 */
export function parse(usage: Usage, args: string[]): Parsed {
  const options = {} as Options; // every field is stored by its default below
  const table = makeTable(usage, options);
  for (const option of table) option.store(option.fallback);
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    if (argument === '--help') return help(usage, table);
    const [name = '', inline] = splitAtEquals(argument);
    const option = table.find((candidate) => candidate.name === name);
    if (option === undefined) return refuseArgument(usage, argument, name);
    const value = inline ?? args[++i];
    if (value === undefined) return refuse(usage, `${name} needs a value`);
    if (!option.store(value)) {
      return refuse(usage, `${name} must be ${option.expected}, got ${log.quote(value)}`);
    }
  }
  return { exitCode: OPTIONS_RUN, options };
}

function splitAtEquals(argument: string): [string, string?] {
  const at = argument.indexOf('=');
  return at < 0 ? [argument] : [argument.slice(0, at), argument.slice(at + 1)];
}
