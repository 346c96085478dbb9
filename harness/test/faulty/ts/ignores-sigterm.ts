/** Fault: a handler that logs. With a handler in place Node no longer ends by itself. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', { stop: () => process.stderr.write('event=drain signal=SIGTERM\n') });
