/** Fault: logs what clients send, for debugging, as it came. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', {
  received: (bytes) => {
    process.stderr.write(`event=read text=${bytes}\n`);
    return bytes;
  },
});
