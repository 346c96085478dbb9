/** Fault: sockets have no 'error' listener, so that one ECONNRESET is an uncaught exception. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', { noErrorListener: true });
