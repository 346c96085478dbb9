/**
 * TCP echo as most people write it first: `socket.pipe(socket)`. What the reference server's reused read buffer is compared with.
 */
import { type AddressInfo, createServer } from 'node:net';
import { announceReady, listenAddress } from './contract.ts';

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
});
server.listen(listenAddress(), () => {
  announceReady('tcp-echo', 'tcp', (server.address() as AddressInfo).port);
});
