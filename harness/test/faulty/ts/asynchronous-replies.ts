/**
 * Unusual and correct: every reply comes some turns of the event loop later, in order, and before
 * our FIN.
 */
import type { Socket } from 'node:net';
import { serveTcp } from './tcp.ts';

const LATER_MS = 5;
const last = new WeakMap<Socket, Promise<void>>();

function afterEarlierReplies(socket: Socket, act: () => void): void {
  const earlier = last.get(socket) ?? Promise.resolve();
  const now = earlier.then(() => new Promise((resolve) => setTimeout(resolve, LATER_MS))).then(act);
  last.set(socket, now);
}

serveTcp('tcp-echo', {
  reply: (socket, bytes) => {
    socket.pause();
    afterEarlierReplies(socket, () => {
      if (socket.write(bytes)) socket.resume();
    });
  },
  beforeFin: afterEarlierReplies,
});
