// A server of the framed protocol with limits: it accepts connections, up to --max-connections at a time.
//
// What happens on a connection is the business of session.ts.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';
import { encodeError, OVERLOADED } from './codec.ts';
import { Session } from './session.ts';

const sessions = new Set<Session>();

function onConnection(socket: Socket, options: Options): void {
  // TODO: refuse a connection above --max-connections with ERROR 5 (id 0) and close it
  const session = new Session(socket, options);
  sessions.add(session);
  socket.on('close', () => sessions.delete(session));
}

async function listen(options: Options): Promise<number> {
  // 'drain' comes only after writableHighWaterMark was reached, so it must not lie above the bound at which we stop reading.
  const highWaterMark = Math.min(65_536, options.maxPendingBytes);
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark });
  server.on('connection', (socket) => onConnection(socket, options));
  server.listen(options.port, options.host, options.backlog);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

await run('framed', { listen });
