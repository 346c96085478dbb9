/** Fault: only what is read starts the idle time anew, not what is written. */
import type { Socket } from 'node:net';
import { takeOptions } from './contract.ts';
import { serveTcp } from './tcp.ts';

const { idleTimeoutMs } = takeOptions();

function watchInput(socket: Socket): void {
  socket.setTimeout(0);
  const timer = setTimeout(() => socket.emit('timeout'), idleTimeoutMs);
  socket.on('data', () => timer.refresh());
  socket.once('close', () => clearTimeout(timer));
}

serveTcp('framed', { opened: watchInput });
