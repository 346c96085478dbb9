/** Fault: the top bit of a type is masked away, so that the types of replies count as requests. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { type: (type) => type & 0x7f } });
