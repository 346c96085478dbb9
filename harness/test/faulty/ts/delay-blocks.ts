/** Fault: the loop that reads waits for a DELAY before it takes the next frame. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { delayBlocks: true } });
