// TCP echo (RFC 862): every byte comes back to the peer that sent it, unchanged and in order.
//
// It does not look at the bytes. What the end of a connection means is the subject of the next exercise.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Options, run } from '../../given/ts/contract.ts';

/** One accepted connection. TCP is a stream: the pieces that arrive are cut anywhere, and mean nothing. */
function onConnection(socket: Socket): void {
  // BEGIN SOLUTION: send every piece that arrives on `socket` back, as the bytes that it is
  // STUB: socket.resume(); // reads, and forgets what it read
  // No setEncoding(), no toString(): bytes are not text. As UTF-8, a byte above 0x7f would come back as three others,
  // and a character that is cut in two by the network would be lost.
  socket.on('data', (bytes: Buffer) => {
    // write() never takes a part only: what the kernel does not take now waits in memory, in order. (How much may wait
    // is the subject of exercise 07.)
    socket.write(bytes);
  });
  // END SOLUTION
}

async function listen(options: Options): Promise<number> {
  const server = createServer(onConnection);
  server.listen(options.port, options.host, options.backlog);
  await once(server, 'listening'); // rejects if 'error' comes first: the port is taken, or not ours
  return (server.address() as AddressInfo).port;
}

await run('tcp-echo', { listen });
