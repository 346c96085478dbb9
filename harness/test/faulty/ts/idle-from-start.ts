/** Fault: the time limit counts from the first byte of a connection, and nothing starts it anew. */
import type { Socket } from 'node:net';
import { takeOptions } from './contract.ts';
import { serveTcp } from './tcp.ts';

const { idleTimeoutMs } = takeOptions();
const known = new WeakSet<Socket>();

serveTcp('tcp-echo', {
  reply: (socket, bytes) => {
    if (!known.has(socket)) setTimeout(() => socket.end(), idleTimeoutMs).unref();
    known.add(socket);
    if (!socket.write(bytes)) socket.pause();
  },
});
