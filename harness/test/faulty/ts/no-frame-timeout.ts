/** Fault: a frame may take for ever. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { noFrameTimeout: true } });
