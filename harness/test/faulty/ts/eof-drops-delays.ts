/** Fault: the client's FIN drops the DELAYs that are outstanding. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { forgetsDelaysAtEof: true } });
