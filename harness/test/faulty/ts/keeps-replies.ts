/** Fault: everything that is sent back is remembered, "for the statistics". */
import { serveTcp } from './tcp.ts';

const sent: Buffer[] = [];

serveTcp('tcp-echo', {
  received: (bytes) => {
    sent.push(Buffer.from(bytes));
    return bytes;
  },
});
