/** Fault: reads its configuration for a while, and a SIGTERM in that time stops what is not there yet. */
import process from 'node:process';
import { serveTcp } from './tcp.ts';

const CONFIGURATION_MS = 200;

interface Running {
  stop(): void;
}
let running: Running | undefined;

process.on('SIGTERM', () => (running as Running).stop());

setTimeout(() => {
  serveTcp('tcp-echo');
  running = { stop: () => {} };
}, CONFIGURATION_MS);
