/**
 * What is wrong with a server, in one sentence: the first one of the comment with which its file begins.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultyServer } from './entry.ts';

const FIRST_COMMENT = /^\/\*([\s\S]*?)\*\//;
const SENTENCE = /^(?:Fault|Unusual and correct|No fault): (.+?[.:;](?=\s|$)|.+$)/;

/** `treats a read as a line and cuts off what ends it`. @throws {Error} when the file does not begin with such a comment */
export function faultOf({ language, name }: FaultyServer): string {
  const file = join(import.meta.dirname, language, `${name}.${language}`);
  const sentence = firstSentence(readFileSync(file, 'utf8'));
  if (sentence === undefined) throw new Error(`${file} does not begin with a comment that names its fault`);
  return sentence;
}

/** Out of the text of a file; undefined when it does not begin as it should. */
export function firstSentence(text: string): string | undefined {
  const [, comment] = FIRST_COMMENT.exec(text) ?? [];
  const words = comment
    ?.replace(/^\s*\*+ ?/gm, '')
    .replace(/\s+/g, ' ')
    .trim();
  const [, sentence] = SENTENCE.exec(words ?? '') ?? [];
  return sentence?.replace(/[.:;]$/, '');
}
