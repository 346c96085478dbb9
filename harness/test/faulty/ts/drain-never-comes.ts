/**
 * Fault: pauses when more than --max-pending-bytes wait, and goes on at 'drain', which Node only tells a writer whose write() had
 * returned false: below the high-water mark nobody ever wakes the connection.
 */
import { takeOptions } from './contract.ts';
import { serveTcp } from './tcp.ts';

const { maxPendingBytes } = takeOptions();

serveTcp('tcp-echo', {
  reply: (socket, bytes) => {
    socket.write(bytes);
    if (socket.writableLength > maxPendingBytes) socket.pause();
  },
});
