/** Fault: END is set on the reply to DISCARD too, because it is a last frame. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { discardFlags: 0x01 } });
