/** Fault: each reply takes its own time, and nothing keeps them in the order of their requests. */
import { serveTcp } from './tcp.ts';

let turn = 0;

serveTcp('framed', {
  reply: (socket, bytes) => {
    turn += 1;
    if (turn % 3 === 0) setImmediate(() => socket.write(bytes));
    else socket.write(bytes);
  },
});
