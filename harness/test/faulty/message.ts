/**
 * What a student is shown first about a wrong server, kept as a text file in messages/ so that a change of words is seen and read.
 *
 * Numbers that differ between runs are left out, and so are, where they are chance, the kind of ending, the id of a frame, and
 * whether a frame ended in its header or in its payload.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { CheckResult } from '../../checks/result.ts';
import type { FaultyServer } from './entry.ts';

/** The seed with which the messages were made: payloads, and so what is said of them, follow from it. */
export const MESSAGE_SEED = 1;

const FOLDER = join(import.meta.dirname, 'messages');
const FRAME_ID = /\bid \d+/g;
const FRAME_PART = /\((its header of 8 bytes|its payload)\)/;
const ENDING = /the server sent FIN|the connection was reset \(RST\)|ECONNREFUSED|ECONNRESET/;

/** The failure of the server's first check as text, without what differs between runs. */
export function messageOf(server: FaultyServer, result: CheckResult): string {
  return maskedMessage(result, server.variesByChance !== undefined);
}

/** The same of any server. @param chance whether where in a frame it ended, how, and the id of the frame differ between runs */
export function maskedMessage(result: CheckResult, chance: boolean): string {
  const { expected = '', actual = '', cause, hint } = result.failure?.facts ?? {};
  const awaited = chance
    ? expected.replace(FRAME_ID, 'id N').replace(FRAME_PART, '(a part of it)')
    : expected;
  const seen = chance ? actual.replace(ENDING, 'the connection ended') : actual;
  const lines = [
    `${result.id}: a server ${result.title}`,
    `expected  ${withoutLongNumbers(awaited)}`,
    `actual    ${seen.replace(/\d+(\.\d+)?/g, 'N').replace(/\(in [a-z0-9.-]+\)/, '(in a check)')}`,
    `likely cause: ${cause === undefined ? 'not named' : withoutLongNumbers(cause)}`,
    `look at: ${hint ?? 'nothing named'}`,
  ];
  return `${stripVTControlCharacters(lines.join('\n'))}\n`;
}

/** Ports, sizes, and a limit of time that grows on a busy machine; the others are part of what is said. */
function withoutLongNumbers(text: string): string {
  return text.replace(/\d{4,}/g, 'N').replace(/(?<=not before )\d+(?= ms)/, 'N');
}

export function messageFile({ language, name }: FaultyServer): string {
  return join(FOLDER, `${language}-${name}.txt`);
}

/** The kept message; undefined when there is none yet. */
export function keptMessage(server: FaultyServer): string | undefined {
  const file = messageFile(server);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

export function keepMessage(server: FaultyServer, message: string): void {
  const file = messageFile(server);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, message);
}
