// A listening socket on one worker's loop: every accepted socket becomes a connection.
//
// What to do when descriptors run out is libuv's business: it keeps a spare one, with which it accepts and closes
// what waits, so that nothing spins, open connections go on and later ones are served. Accepting a budget per turn
// is its business too. Mirrors servers-c/net/listener.h.

import * as net from 'node:net';
import type { Connections } from './connections.ts';
import * as connections from './connections.ts';
import * as log from './log.ts';
import type { Options } from './options.ts';

/**
 * Binds, listens and begins to accept. Resolves with the server, whose port is then known; rejects with the error
 * of bind or listen. `reusePort` only where several workers share the port.
 */
export function open<State>(
  options: Options,
  port: number,
  reusePort: boolean,
  set: Connections<State>,
): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
  server.on('connection', (accepted) => connections.add(set, accepted));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port, backlog: options.backlog, reusePort }, () => {
      server.off('error', reject);
      server.on('error', (error) => log.callFailed('accept', error));
      resolve(server);
    });
  });
}

/** Stops accepting and closes the socket; what waits in the accept queue is reset. May be called again. */
export function close(server: net.Server): void {
  if (server.listening) server.close();
}
