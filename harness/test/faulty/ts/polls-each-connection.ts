/** Fault: looks after each connection ten times a second, whether anything happens there or not. */
import { serveTcp } from './tcp.ts';

const PERIOD_MS = 100;

serveTcp('framed', {
  opened: (socket) => {
    const timer = setInterval(() => socket.bytesRead, PERIOD_MS).unref();
    socket.once('close', () => clearInterval(timer));
  },
});
