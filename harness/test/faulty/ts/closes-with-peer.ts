/** Fault: allowHalfOpen is left at false, so that Node ends our half at the peer's FIN; replies that come later are lost. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', {
  closesWithPeer: true,
  reply: (socket, bytes) => {
    setImmediate(() => setImmediate(() => setImmediate(() => socket.write(bytes))));
  },
});
