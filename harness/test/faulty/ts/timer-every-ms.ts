/** Fault: an interval of 1 ms looks for work that an event would report. */
import { serveTcp } from './tcp.ts';

serveTcp('framed');
setInterval(() => {}, 1).unref();
