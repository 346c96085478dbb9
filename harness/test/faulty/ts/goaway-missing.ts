/** Fault: a drain is not announced. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { goaway: () => undefined } });
