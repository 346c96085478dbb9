/** Fault: the idle time is looked at much too seldom. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { idleTimeoutMs: (asked) => asked + 8500 });
