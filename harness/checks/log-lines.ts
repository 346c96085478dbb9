/**
 * What a line of a server's log is about: `event=violation peer=127.0.0.1:40112 ...`.
 */
import type { Peer } from './context.ts';

/** A line of this event about this peer. A server on :: writes [::ffff:127.0.0.1]:40112: the end of the address is what counts. */
export function isAbout(line: string, event: string, { localHost, localPort }: Peer): boolean {
  if (!line.startsWith(`event=${event} `)) return false;
  const address = / peer=(\S+)/.exec(line)?.[1] ?? '';
  return address.includes(localHost) && address.endsWith(`:${localPort}`);
}
