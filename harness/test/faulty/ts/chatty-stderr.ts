/** Unusual and correct: a line on stderr for every read. Nobody has to read it, and it is no fault. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', {
  received: (bytes) => {
    process.stderr.write(`event=read bytes=${bytes.length}\n`);
    return bytes;
  },
});
