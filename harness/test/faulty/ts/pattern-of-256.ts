/** Fault: byte k of a GENERATE is the low byte of k. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { patternByte: (k) => k & 0xff } });
