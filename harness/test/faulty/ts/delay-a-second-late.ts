/** Fault: a DELAY is answered a second after it was due. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { delayMs: (ms) => (ms === 0 ? 0 : ms + 1000) } });
