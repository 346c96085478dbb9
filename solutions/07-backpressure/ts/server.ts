// A server of the framed protocol for many peers: accepts connections, each of which becomes a session.
//
// Given. What happens on a connection is the business of session.ts.

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';
import { Session } from './session.ts';

async function listen(options: Options): Promise<number> {
  // 'drain' comes only after writableHighWaterMark was reached, so it must not lie above the bound at which we stop reading.
  const highWaterMark = Math.min(65_536, options.maxPendingBytes);
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark });
  server.on('connection', (socket) => new Session(socket, options));
  server.listen(options.port, options.host, options.backlog);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

await run('framed', { listen });
