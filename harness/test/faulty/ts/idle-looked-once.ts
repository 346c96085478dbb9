/** Fault: whether a connection is idle is looked at once; when a DELAY is outstanding then, nobody looks again. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', {
  opened: (socket) => {
    const looks = socket.listeners('timeout') as (() => void)[];
    for (const look of looks) socket.off('timeout', look).once('timeout', look);
  },
});
