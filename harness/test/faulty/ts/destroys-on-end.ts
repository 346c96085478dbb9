/** Fault: 'end' destroys the socket, with everything that waits in its buffer. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', {
  reply: (socket, bytes) => socket.write(bytes),
  peerEnded: (socket) => socket.destroy(),
});
