/**
 * The log of a server, and what a line of it is about: `event=violation peer=127.0.0.1:40112 ...`.
 */
import type { CheckContext, Peer, Server } from './context.ts';
import { exitAtSigterm } from './sigterm.ts';

/** All of stderr, once the server has been stopped: a line may wait in a buffer until the end. */
export async function logOf(context: CheckContext, server: Server = context.server): Promise<string> {
  await exitAtSigterm(context, server);
  return server.stderr();
}

/** A line of this event about this peer. A server on :: writes [::ffff:127.0.0.1]:40112: the end of the address is what counts. */
export function isAbout(line: string, event: string, { localHost, localPort }: Peer): boolean {
  if (!line.startsWith(`event=${event} `)) return false;
  const address = / peer=(\S+)/.exec(line)?.[1] ?? '';
  return address.includes(localHost) && address.endsWith(`:${localPort}`);
}
