// TCP echo (RFC 862): every byte comes back to the peer that sent it, unchanged and in order.
//
// It does not look at the bytes. What the end of a connection means is the subject of the next exercise.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';

/** One accepted connection. TCP is a stream: the pieces that arrive are cut anywhere, and mean nothing. */
function onConnection(socket: Socket): void {
  // TODO: send every piece that arrives on `socket` back, as the bytes that it is
  socket.resume(); // reads, and forgets what it read
}

async function listen(options: Options): Promise<number> {
  const server = createServer(onConnection);
  server.listen(options.port, options.host, options.backlog);
  await once(server, 'listening'); // rejects if 'error' comes first: the port is taken, or not ours
  return (server.address() as AddressInfo).port;
}

await run('tcp-echo', { listen });
