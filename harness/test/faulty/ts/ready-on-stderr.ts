/** Fault: the ready line goes to stderr, with the logs. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

serveTcp('tcp-echo', { announce: (line) => process.stderr.write(`${line}\n`) });
