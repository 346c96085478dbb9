// A server of the framed protocol that stops in order: at SIGTERM nobody new comes in, and nothing that is owed is lost.
//
// What happens on a connection is the business of session.ts.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';
import { encodeError, OVERLOADED } from './codec.ts';
import { Session } from './session.ts';

const sessions = new Set<Session>();

function onConnection(socket: Socket, options: Options): void {
  // It is accepted first: in the queue of the kernel it would wait, and learn nothing. A client that is refused at once can
  // go elsewhere.
  if (sessions.size >= options.maxConnections) {
    socket.on('error', () => {});
    socket.end(encodeError(OVERLOADED, 0));
    socket.destroySoon(); // when that is written, and without waiting for the peer
    return;
  }
  const session = new Session(socket, options);
  sessions.add(session);
  socket.on('close', () => sessions.delete(session));
}

let server: Server;

async function listen(options: Options): Promise<number> {
  // 'drain' comes only after writableHighWaterMark was reached, so it must not lie above the bound at which we stop reading.
  const highWaterMark = Math.min(65_536, options.maxPendingBytes);
  server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark });
  server.on('connection', (socket) => onConnection(socket, options));
  server.listen(options.port, options.host, options.backlog);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** SIGTERM or SIGINT; `again` from the second time on. docs/contract.md section 4. */
function stop(again: boolean, options: Options): void {
  // BEGIN SOLUTION: close the listener, drain every session, and exit with 0; after --drain-timeout-ms or `again`, with leave()
  // STUB: leave();
  if (again) leave(); // whoever presses Ctrl-C twice means it
  // The listener first: a client that got in now would be cut off a moment later. Refused, it goes elsewhere. The callback
  // comes when the last connection is closed.
  server.close(() => process.exit(0));
  for (const session of sessions) session.drain();
  // One peer that never sends the rest of its frame must not hold up a deployment.
  setTimeout(leave, options.drainTimeoutMs);
  // END SOLUTION
}

/** Ends the process now. The exit code tells the operator whether all that was accepted was answered. */
function leave(): never {
  // BEGIN SOLUTION: exit with 1 if any session still owes something, else with 0
  // STUB: process.exit(0);
  process.exit([...sessions].some((session) => session.owes()) ? 1 : 0);
  // END SOLUTION
}

await run('framed', { listen, stop });
