/** Fault: console.log for the log, on the stream that belongs to the ready line. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', {
  received: (bytes) => {
    // biome-ignore lint/suspicious/noConsole: this is the fault.
    console.log(`received ${bytes.length} bytes`);
    return bytes;
  },
});
