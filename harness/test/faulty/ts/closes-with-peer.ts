/**
 * Fault: allowHalfOpen is left at false, so that Node ends our half at the peer's FIN; replies that
 * come later are lost.
 */
import { serveTcp } from './tcp.ts';

const TURNS = 3;

function someTurnsLater(turns: number, act: () => void): void {
  if (turns === 0) act();
  else setImmediate(() => someTurnsLater(turns - 1, act));
}

serveTcp('tcp-echo', {
  closesWithPeer: true,
  reply: (socket, bytes) =>
    someTurnsLater(TURNS, () => {
      if (!socket.write(bytes)) socket.pause();
    }),
});
