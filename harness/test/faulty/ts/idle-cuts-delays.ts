/** Fault: a connection on which only a DELAY is outstanding counts as idle. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { idleCutsDelays: true } });
