/** Fault: the connection ends after a type that the server does not know. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { unknownIsFatal: true } });
