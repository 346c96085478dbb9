/** Fault: frames that come behind the last one of a drain are answered too. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { drainReadsOn: true } });
