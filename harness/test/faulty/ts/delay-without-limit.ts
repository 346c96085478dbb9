/** Fault: a DELAY may be of any length. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { mostDelayMs: 0xffff_ffff } });
