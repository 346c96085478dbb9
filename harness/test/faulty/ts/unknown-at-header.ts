/** Fault: UNKNOWN_TYPE is answered when the header is there, and the payload is skipped afterwards. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { unknownAtOnce: true } });
