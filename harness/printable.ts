/**
 * Text of a server, made safe for a terminal: it may not move the cursor, nor change colours.
 */
import { stripVTControlCharacters } from 'node:util';

/** Escape sequences go; other control characters are shown as `\xNN`. Tabs and line ends stay. */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
