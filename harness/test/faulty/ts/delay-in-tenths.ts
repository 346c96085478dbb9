/** Fault: the time of a DELAY is taken for tenths of a millisecond. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { delayMs: (ms) => ms / 10 } });
