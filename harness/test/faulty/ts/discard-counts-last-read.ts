/** Fault: DISCARD reports the bytes of the read that completed it, not those of its payload. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { framed: { discarded: (length, lastRead) => Math.min(length, lastRead) } });
