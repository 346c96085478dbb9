/** Fault: one timer for the idle time of all connections: it closes the one that said something last. */
import type { Socket } from 'node:net';
import { takeOptions } from './contract.ts';
import { serveTcp } from './tcp.ts';

const { idleTimeoutMs } = takeOptions();
let timer: NodeJS.Timeout | undefined;

function watch(socket: Socket): void {
  socket.setTimeout(0);
  const restart = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => socket.emit('timeout'), idleTimeoutMs).unref();
  };
  restart();
  socket.on('data', restart);
}

serveTcp('tcp-echo', { opened: watch });
