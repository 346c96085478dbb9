/** Fault: bytes become a string and bytes again; what is not UTF-8 becomes EF BF BD. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', { received: (bytes) => Buffer.from(bytes.toString()) });
