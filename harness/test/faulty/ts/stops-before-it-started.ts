/** Fault: reads its configuration for a while, and a SIGTERM in that time stops what is not there yet. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

/** Longer than a start of Node on a busy machine: of the moments that the check chooses, some are in it. */
const CONFIGURATION_MS = 600;

interface Running {
  stop(): void;
}
let running: Running | undefined;

process.on('SIGTERM', () => (running as Running).stop());

setTimeout(() => {
  serveTcp('tcp-echo');
  running = { stop: () => {} };
}, CONFIGURATION_MS);
