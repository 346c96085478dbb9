/** Fault: when an idle connection is spared because of a DELAY, only bytes that move bring on the next look. */
import type { Socket } from 'node:net';
import { takeOptions } from './contract.ts';
import { serveTcp } from './tcp.ts';

const { idleTimeoutMs } = takeOptions();

function looksWhenBytesMove(socket: Socket): void {
  let looks = true;
  const moved = () => {
    if (!looks) socket.setTimeout(idleTimeoutMs);
    looks = true;
  };
  socket.on('timeout', () => {
    socket.setTimeout(0);
    looks = false;
  });
  socket.on('data', moved);
  const write = socket.write.bind(socket);
  socket.write = (bytes: Uint8Array | string, taken?: unknown) =>
    write(bytes, () => {
      moved();
      if (typeof taken === 'function') taken();
    });
}

serveTcp('framed', { opened: looksWhenBytesMove });
