/** Fault: long replies take a moment more, and nothing keeps replies in the order of their requests. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

const LONG_BYTES = 60;

serveTcp('framed', {
  reply: (socket, bytes) => {
    const write = () => socket.write(bytes);
    if (bytes.length > LONG_BYTES) process.nextTick(write);
    else write();
  },
});
