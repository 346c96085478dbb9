/** Fault: a timer for each connection, which goes on when the connection is gone. */
import { serveTcp } from './tcp.ts';

const PERIOD_MS = 250;

serveTcp('tcp-echo', {
  opened: (socket) => {
    setInterval(() => socket.bytesRead, PERIOD_MS).unref();
  },
});
