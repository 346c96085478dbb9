// TCP echo that ends well: after the peer's FIN what is owed is sent, then our FIN; a reset harms nobody else.
//
// A TCP connection is two streams, one in each direction, and each ends on its own. FIN says "I have said all", not "I
// have gone": the peer may wait for the answer.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';

function onConnection(socket: Socket): void {
  socket.on('data', (bytes: Buffer) => socket.write(bytes));
  // TODO: end our half after the peer's, and outlive a connection that breaks
}

async function listen(options: Options): Promise<number> {
  // By default Node ends our half as soon as it sees the peer's FIN. What is written by then still leaves, what we would
  // write later is lost: a server that has to think about its answer would answer nothing. With allowHalfOpen both halves
  // are ours to end.
  const server = createServer({ allowHalfOpen: true }, onConnection);
  server.listen(options.port, options.host, options.backlog);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

await run('tcp-echo', { listen });
