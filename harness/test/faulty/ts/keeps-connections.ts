/** Fault: a list of all connections, from which none is ever taken, with a buffer for each. */
import type { Socket } from 'node:net';
import { serveTcp } from './tcp.ts';

const BUFFER_BYTES = 16_384;
const all: [Socket, Buffer][] = [];

serveTcp('framed', {
  listen: (server, { host, port, backlog }, listening) => {
    server.on('connection', (socket) => all.push([socket, Buffer.alloc(BUFFER_BYTES, 1)]));
    server.listen({ host, port, backlog }, listening);
  },
});
