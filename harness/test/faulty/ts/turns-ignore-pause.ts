/** Fault: who has once filled the read buffer is read from in turns of their own, and these do not ask whether reading is paused. */
import type { Socket } from 'node:net';
import { serveTcp } from './tcp.ts';

/** Node reads 65,536 bytes at a time; a read that ends with a segment is a little shorter. */
const FULL_BYTES = 60_000;

function takeTurns(socket: Socket): void {
  let sendsMuch = false;
  socket.on('data', (bytes) => {
    sendsMuch ||= bytes.length > FULL_BYTES;
    if (sendsMuch) setImmediate(() => socket.resume());
  });
}

serveTcp('tcp-echo', { opened: takeTurns });
