/** Fault: the port is written into the program; --port is taken and forgotten. */
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', { port: () => 47_001 });
