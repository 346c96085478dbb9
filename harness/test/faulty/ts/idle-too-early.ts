/** Fault: seconds and milliseconds mixed up; the limit is a tenth of what was asked for. */
import { serveTcp } from './tcp.ts';

serveTcp('framed', { idleTimeoutMs: (asked) => Math.ceil(asked / 10) });
