/** Fault: write() says "full", nobody listens, and memory takes what the peer does not. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { ignoresPending: true } });
