/**
 * Values of options that several commands share, checked where they come in: a wrong one is one line and exit
 * 64.
 */
import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { LEVELS } from '../checks/check.ts';
import { splitCommandLine } from '../command-line.ts';
import { ExitCode, Refusal } from '../exit-codes.ts';
import { findProgram } from '../path-search.ts';
import { commandServer, type ServerSpec, SUITES, type Suite, TRACKS } from '../servers.ts';

const LARGEST_SEED = 2 ** 32 - 1;

export function serverOption(): Option {
  return new Option('--server <protocol>', 'the protocol').choices(SUITES);
}

export function trackOption(): Option {
  return new Option('--track <track>', 'the build of the reference server').choices(TRACKS);
}

/** For commander: decimal digits only, in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

export const seedNumber = wholeNumber(0, LARGEST_SEED);

/** For commander: ids separated by commas or spaces, and given more than once. */
export function idList(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(/[\s,]+/).filter((id) => id !== '')];
}

/** Ids, first parts of ids, and topics. */
export function idOption(): Option {
  return new Option(
    '--id <ids>',
    'only these checks: frame.zero, all of frame, or all of a topic; separated by commas or spaces',
  ).argParser(idList);
}

export function levelOption(): Option {
  return new Option('--level <level>', 'only checks of this level').choices(LEVELS);
}

export function randomSeed(): number {
  return Math.floor(Math.random() * LARGEST_SEED);
}

/** A server by its command line. @throws {Refusal} when the line is wrong, or the program is not there */
export function serverFromCommand(protocol: Suite, line: string): ServerSpec {
  const [program, ...leading] = splitOrRefuse(line);
  if (program === undefined) throw new Refusal('--cmd is empty: give the command that starts your server');
  const executable = findProgram(program);
  if (executable) return { ...commandServer(protocol, [executable, ...leading]), name: line };
  const what = existsSync(program) ? 'is not executable (chmod +x)' : 'was not found';
  throw new Refusal(`cannot start ${line}: ${program} ${what}`, ExitCode.unavailable);
}

function splitOrRefuse(line: string): string[] {
  try {
    return splitCommandLine(line);
  } catch (error) {
    throw new Refusal((error as Error).message);
  }
}
