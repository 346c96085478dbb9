/** Fault: no listener for 'error' on process.stderr, so that a log which nobody reads ends the process. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

serveTcp('framed', {
  opened: () => process.stderr.removeAllListeners('error'),
});
