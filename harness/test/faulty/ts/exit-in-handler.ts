/** Fault: SIGTERM exits at once; the request that was being read is dropped. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

serveTcp('framed', { stop: () => process.exit(0) });
