/** Fault: the header is written at once and the payload a moment later. */
import { HEADER_BYTES } from './frames.ts';
import { serveTcp } from './tcp.ts';

serveTcp('framed', {
  reply: (socket, bytes) => {
    socket.write(bytes.subarray(0, HEADER_BYTES));
    process.nextTick(() => socket.write(bytes.subarray(HEADER_BYTES)));
  },
});
