/** Fault: a DELAY is rounded up to whole seconds. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { delayMs: (ms) => Math.ceil(ms / 1000) * 1000 } });
